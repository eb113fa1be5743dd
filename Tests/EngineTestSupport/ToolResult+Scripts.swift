import JSON
import Tools

extension ToolResult {
    public static func success(_ data: JSONValue, items: Int = 1) -> ToolResult {
        ToolResult(
            success: true, data: data, itemsReturned: items, duration: .milliseconds(7))
    }

    public static func failure(
        _ code: String, status: Int? = nil, isRetryable: Bool = false,
        retryAfter: Duration? = nil, isOutcomeUnknown: Bool = false
    ) -> ToolResult {
        .failure(
            ToolError(
                code: code, status: status, message: "it failed", isRetryable: isRetryable,
                retryAfter: retryAfter, isOutcomeUnknown: isOutcomeUnknown),
            duration: .milliseconds(3))
    }
}
