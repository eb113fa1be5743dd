/// A service whose actions agents may call, as its definition file describes it.
public struct Plugin: Sendable {
    /// Lower-case letters, digits, `_` and `-`; never `__`, which joins plugin and action.
    public let name: String
    /// The name for people; the plain name when the file gives none.
    public let displayName: String
    public let description: String
    /// What a model should know before it uses the plugin; empty when the file gives none.
    public let context: String
    /// The blocks beyond the public internet that its requests may reach, in CIDR notation.
    public let allowedAddresses: [String]
    /// In the file's order; empty when a server of its own has the actions.
    public let actions: [ToolAction]
    /// The server whose tools are the plugin's actions, if it has one.
    let mcp: MCPServerDefinition?

    /// The names of the secrets its requests or its server need, sorted.
    public var credentialNames: [String] {
        Set(actions.flatMap(\.request.credentialNames) + (mcp?.credentialNames ?? [])).sorted()
    }
}
