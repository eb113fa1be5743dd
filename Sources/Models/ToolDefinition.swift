import JSON

/// A function offered to a model.
public struct ToolDefinition: Sendable, Hashable {
    /// At most 64 characters of letters, digits, `_` and `-`, as the providers demand.
    public var name: String
    /// What it does and when to use it, for the model.
    public var description: String
    /// The JSON Schema of its arguments; its root is an object.
    public var parameters: JSONValue

    public init(name: String, description: String, parameters: JSONValue) {
        self.name = name
        self.description = description
        self.parameters = parameters
    }
}
