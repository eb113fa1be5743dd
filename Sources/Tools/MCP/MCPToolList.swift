import JSON
import Journal

/// The tools of a server as it last listed them.
struct MCPToolList: Sendable {
    let tools: [MCPTool]
    let expiry: ContinuousClock.Instant

    /// The tools that the definition allows. Of two with the same name, or with names that become
    /// the same, the first counts.
    init(
        _ values: [JSONValue], plugin: String, definition: MCPServerDefinition,
        expiry: ContinuousClock.Instant
    ) {
        var actions: Set<String> = []
        tools = values.compactMap { value in
            MCPTool(value, plugin: plugin, effects: definition.effects)
        }.filter { tool in
            definition.allowedTools?.contains(tool.name) != false
                && actions.insert(tool.action).inserted
        }
        self.expiry = expiry
    }

    private init(tools: [MCPTool], expiry: ContinuousClock.Instant) {
        self.tools = tools
        self.expiry = expiry
    }

    var isCurrent: Bool { ContinuousClock.now < expiry }

    /// The same tools, to be asked for again at the next chance.
    var expired: MCPToolList { MCPToolList(tools: tools, expiry: .now) }

    func tool(_ action: String) -> MCPTool? { tools.first { $0.action == action } }
}
