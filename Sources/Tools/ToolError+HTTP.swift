import HTTP
import Journal

extension ToolError {
    /// The error of a call that got no whole answer.
    init(_ error: HTTPError, action: ToolAction) {
        let isTemporary = Self.isTemporary(error.code)
        self.init(
            code: Self.code(for: error.code),
            message: "\(action.functionName): \(Self.words(for: error.code))",
            isRetryable: isTemporary && (action.isIdempotent || !error.mayHaveBeenSent),
            isOutcomeUnknown: error.mayHaveBeenSent,
            failureClass: Self.failureClass(error.code))
    }

    private static func code(for code: HTTPError.Code) -> String {
        switch code {
        case .timeout: Code.timeout
        case .bodyTooLarge, .headersTooLarge: Code.responseTooLarge
        case .protocolError: Code.invalidResponse
        case .addressRefused: Code.addressRefused
        case .cancelled, .shutdown: Code.cancelled
        case .invalidURL: Code.validation
        case .resolve, .connect, .tls, .truncated, .reset: Code.network
        }
    }

    /// Not the client's own message: it names the URL, whose path may hold arguments.
    private static func words(for code: HTTPError.Code) -> String {
        switch code {
        case .timeout: "no answer within the time limit"
        case .bodyTooLarge, .headersTooLarge: "the answer is larger than the limit"
        case .protocolError: "the answer is not HTTP as it should be"
        case .addressRefused: "the host's address is not one that tools may reach"
        case .cancelled: "the call was cancelled"
        case .shutdown: "the worker stops"
        case .invalidURL: "the URL is not valid"
        case .resolve: "the host name could not be resolved"
        case .connect: "no connection"
        case .tls: "no TLS session that can be trusted"
        case .truncated, .reset: "the connection ended before the whole answer"
        }
    }

    private static func isTemporary(_ code: HTTPError.Code) -> Bool {
        switch code {
        case .timeout, .resolve, .connect, .tls, .truncated, .reset, .protocolError: true
        case .bodyTooLarge, .headersTooLarge, .addressRefused, .invalidURL, .cancelled, .shutdown:
            false
        }
    }

    private static func failureClass(_ code: HTTPError.Code) -> FailureClass {
        switch code {
        case .cancelled: .cancelled
        case .shutdown: .shutdown
        default: .tool
        }
    }
}
