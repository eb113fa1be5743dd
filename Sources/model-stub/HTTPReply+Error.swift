import JSON

extension HTTPReply {
    /// An error in the provider's form: `{"error":{"message","type","param","code"}}`.
    static func error(
        status: Int, type: String, code: String?, param: String? = nil, message: String
    ) -> HTTPReply {
        HTTPReply(
            status: status, json: errorBody(type: type, code: code, param: param, message: message))
    }

    /// The body of an error.
    static func errorBody(
        type: String, code: String?, param: String? = nil, message: String
    ) -> JSONValue {
        [
            "error": [
                "message": .string(message),
                "type": .string(type),
                "param": param.map { .string($0) } ?? .null,
                "code": code.map { .string($0) } ?? .null,
            ]
        ]
    }

    /// The error a provider sends with this status.
    static func providerError(status: Int) -> HTTPReply {
        let (type, code, message): (String, String?, String) =
            switch status {
            case 400:
                (
                    "invalid_request_error", "context_length_exceeded",
                    "This model's maximum context length is 8192 tokens."
                )
            case 401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided.")
            case 403: ("invalid_request_error", "unsupported_country_region_territory", "Refused.")
            case 404: ("invalid_request_error", "model_not_found", "The model does not exist.")
            case 429: ("requests", "rate_limit_exceeded", "Rate limit reached for requests.")
            case 503: ("server_error", "slow_down", "The engine is overloaded, try again later.")
            case 529: ("overloaded_error", nil, "Overloaded")
            case 500...: ("server_error", nil, "The server had an error.")
            default: ("invalid_request_error", nil, "The request failed with status \(status).")
            }
        return error(status: status, type: type, code: code, message: message)
    }
}
