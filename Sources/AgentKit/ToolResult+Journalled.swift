import JSON
import Journal
import Tools

extension ToolResult: Journalled {
    public init(journalled: JSONValue) throws {
        let result = JSONReader(journalled)
        self.init(
            success: try result.required("success").bool(),
            data: result.optional("data")?.value ?? .null,
            message: try result.optional("message")?.string(),
            error: try result.optional("error").map { try ToolError(journalled: $0) },
            itemsReturned: try result.required("items").int(),
            duration: .microseconds(try result.required("duration_us").int()))
    }

    public var journalled: JSONValue {
        var result: JSONObject = ["success": .bool(success)]
        if !data.isNull { result["data"] = data }
        result["message"] = message.map { .string($0) }
        result["error"] = error?.journalled
        result["items"] = JSONValue(itemsReturned)
        result["duration_us"] = JSONValue(Int(duration / .microseconds(1)))
        return .object(result)
    }
}

extension ToolError {
    fileprivate init(journalled error: JSONReader) throws {
        self.init(
            code: try error.required("code").string(), status: try error.optional("status")?.int(),
            message: try error.required("message").string(),
            detail: try error.optional("detail")?.string(),
            isRetryable: try error.required("retryable").bool(),
            retryAfter: try error.optional("retry_after_ms").map { .milliseconds(try $0.int()) },
            isOutcomeUnknown: try error.required("outcome_unknown").bool(),
            failureClass: FailureClass(rawValue: try error.required("class").string()) ?? .tool)
    }

    fileprivate var journalled: JSONValue {
        var error: JSONObject = [
            "code": .string(code), "message": .string(message), "retryable": .bool(isRetryable),
            "outcome_unknown": .bool(isOutcomeUnknown), "class": .string(failureClass.rawValue),
        ]
        error["status"] = status.map { JSONValue($0) }
        error["detail"] = detail.map { .string($0) }
        error["retry_after_ms"] = retryAfter.map { JSONValue(Int($0 / .milliseconds(1))) }
        return .object(error)
    }
}
