/// A model's wish to have an action called.
public struct ToolCallRequest: Sendable, Hashable {
    /// The provider's id of the call; the answer carries it back.
    public var id: String
    /// The name of the function, as in its `ToolDefinition`.
    public var name: String
    /// The arguments: JSON text as the model wrote it, so possibly not JSON at all.
    public var arguments: String

    public init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}
