import JSON

extension ToolResult {
    /// The result as the text of a tool message: JSON, cut to `maxCharacters` Unicode scalars with
    /// a mark at the cut that tells how much is missing. The default is the origin's guard
    /// `max_tool_response_chars`.
    public func modelText(maxCharacters: Int = 8000) -> String {
        ToolText.cut(modelJSON.serialized, to: maxCharacters)
    }

    private var modelJSON: JSONValue {
        var members: JSONObject = ["success": .bool(success)]
        if let error {
            members["error"] = .string(error.code)
            members["message"] = .string(error.message)
            if let detail = error.detail { members["detail"] = .string(detail) }
            members["retryable"] = .bool(error.isRetryable)
        } else {
            if let message { members["message"] = .string(message) }
            members["data"] = data
        }
        return .object(members)
    }
}
