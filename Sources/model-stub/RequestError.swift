import JSON

/// A request the stub refuses with status 400, and the provider's error body for it.
struct RequestError: Error {
    let code: String?
    let param: String?
    let message: String

    /// A required member that is not there.
    static func missing(_ name: String) -> RequestError {
        RequestError(
            code: "missing_required_parameter", param: name,
            message: "Missing required parameter: '\(name)'.")
    }

    var reply: HTTPReply {
        .error(
            status: 400, type: "invalid_request_error", code: code, param: param, message: message)
    }
}
