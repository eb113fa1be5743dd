import FoundationEssentials
import HTTP
import JSON
import Models

/// Reads the answer to a tool call: data, count, or the error it amounts to.
struct ToolAnswer {
    let action: ToolAction
    let response: HTTPResponse

    func result() -> ToolResult {
        guard (200..<300).contains(response.status) else {
            return .failure(statusError(), duration: response.duration)
        }
        guard let answer = document() else {
            return .failure(invalidResponse(), duration: response.duration)
        }
        let template = action.request
        let data = template.dataPath.map { $0.value(in: answer) ?? .null } ?? answer
        let counted = template.itemsPath.map { $0.value(in: answer) ?? .null } ?? data
        let items = ItemCount.of(counted)
        return ToolResult(
            success: true, data: data,
            message: action.successMessage.map {
                SuccessMessage.fill($0, data: data, itemsReturned: items)
            },
            itemsReturned: items, duration: response.duration)
    }

    /// The body as JSON; a text becomes `{"text": …}`. nil when it says it is JSON and is not.
    private func document() -> JSONValue? {
        if response.body.allSatisfy({ [0x20, 0x09, 0x0a, 0x0d].contains($0) }) { return .null }
        let type = response.headers["Content-Type"]?.lowercased() ?? ""
        let parsed = try? JSONValue(parsing: response.body, limits: JSONLimits(maxDepth: 64))
        if type.contains("json") { return parsed }
        if type.isEmpty, let parsed { return parsed }
        return ["text": .string(String(decoding: response.body, as: UTF8.self))]
    }

    private func invalidResponse() -> ToolError {
        ToolError(
            code: ToolError.Code.invalidResponse, status: response.status,
            message: "\(action.functionName) answered with something that is not JSON",
            isRetryable: action.isIdempotent, isOutcomeUnknown: true)
    }

    private func statusError() -> ToolError {
        let status = response.status
        // A request that was turned away did nothing; a server that failed may have acted first.
        let mayHaveActed = status >= 500 || status == 408
        let isTemporary = mayHaveActed || status == 429 || status == 425
        return ToolError(
            code: Self.code(for: status), status: status,
            message: action.commonError(for: status)
                ?? "\(action.functionName) answered with HTTP \(status)",
            detail: serviceWords(),
            isRetryable: isTemporary && (action.isIdempotent || !mayHaveActed),
            retryAfter: RetryAfter.delay(in: response.headers, now: Date()),
            isOutcomeUnknown: mayHaveActed)
    }

    private static func code(for status: Int) -> String {
        switch status {
        case 400, 422: ToolError.Code.badRequest
        case 401: ToolError.Code.authFailed
        case 403: ToolError.Code.forbidden
        case 404, 410: ToolError.Code.notFound
        case 408, 504: ToolError.Code.timeout
        case 429: ToolError.Code.rateLimit
        case 500...: ToolError.Code.serverError
        default: ToolError.Code.failed
        }
    }

    /// The service's own message, for the model: scrubbed and short.
    private func serviceWords() -> String? {
        guard let answer = document() else { return nil }
        let words =
            answer["error"]?["message"]?.stringValue ?? answer["message"]?.stringValue
            ?? answer["error"]?.stringValue ?? answer["detail"]?.stringValue
            ?? answer["text"]?.stringValue
        return words.map { Redaction.scrub($0, limit: 500) }
    }
}
