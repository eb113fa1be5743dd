import JSON

extension HTTPReply {
    /// An error's body in the form of Anthropic: `{"type":"error","error":{"type","message"}}`.
    static func messagesErrorBody(type: String, message: String, code: String? = nil) -> JSONValue {
        var error: JSONObject = ["type": .string(type), "message": .string(message)]
        if let code { error["details"] = ["error_code": .string(code)] }
        return ["type": "error", "error": .object(error)]
    }

    /// The same error in the words of the endpoint that was asked.
    func error(inTheWordsOf endpoint: ModelEndpoint) -> HTTPReply {
        guard endpoint == .messages, status >= 400,
            let error = (try? JSONValue(parsing: body))?["error"]
        else { return self }
        let isQuota = error["code"] == "insufficient_quota"
        let isTooLong = error["code"] == "context_length_exceeded"
        let message =
            isTooLong
            ? "prompt is too long: 8193 tokens > 8192 maximum" : error["message"]?.stringValue
        var reply = self
        reply.pieces = [
            Self.messagesErrorBody(
                type: Self.messagesErrorType(status), message: message ?? "",
                code: isQuota ? "enforced_spend_limit_reached" : nil
            ).serializedBytes
        ]
        return reply
    }

    private static func messagesErrorType(_ status: Int) -> String {
        switch status {
        case 401: "authentication_error"
        case 402: "billing_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 409: "conflict_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 504: "timeout_error"
        case 529: "overloaded_error"
        case 500...: "api_error"
        default: "invalid_request_error"
        }
    }
}
