/// A tool call as the model writes it.
struct ToolCall {
    /// The function's name.
    var name: String
    /// JSON text; scripts may hold any text.
    var arguments: String
}
