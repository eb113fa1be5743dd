import JSON

/// The outcome of a tool call.
public struct ToolResult: Sendable, Hashable {
    public var success: Bool
    /// The answer's data, `null` on failure.
    public var data: JSONValue
    /// The definition's success message with its placeholders filled. May hold content: for the
    /// model, not for logs.
    public var message: String?
    public var error: ToolError?
    /// What a person has to answer before the action can be done; then `error` says so too, and the
    /// same call is made again with the answer.
    public var inputRequest: ToolInputRequest?
    /// How many things the data holds; see `ItemCount`.
    public var itemsReturned: Int
    public var duration: Duration

    public init(
        success: Bool, data: JSONValue = .null, message: String? = nil, error: ToolError? = nil,
        itemsReturned: Int = 0, duration: Duration = .zero
    ) {
        self.success = success
        self.data = data
        self.message = message
        self.error = error
        self.itemsReturned = itemsReturned
        self.duration = duration
    }

    /// A call that failed.
    public static func failure(_ error: ToolError, duration: Duration = .zero) -> ToolResult {
        ToolResult(success: false, error: error, duration: duration)
    }
}
