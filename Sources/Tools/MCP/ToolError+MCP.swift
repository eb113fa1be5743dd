import HTTP
import Journal
import Models

extension ToolError {
    /// The error of a call without a result. `effect` decides whether it may be made again when it
    /// is not known what the server did.
    init(_ fault: MCPFault, function: String, effect: SideEffect = .none) {
        let words = Self.words(for: fault)
        self.init(
            code: Self.code(for: fault), message: "\(function): \(words)",
            isRetryable: Self.isTemporary(fault) && (effect != .once || !fault.mayHaveActed),
            isOutcomeUnknown: fault.mayHaveActed && effect == .once)
        switch fault.kind {
        case .refused(let error):
            detail = error.message.isEmpty ? nil : Redaction.scrub(error.message, limit: 500)
            isOutcomeUnknown = error.isAboutTime && effect == .once
        case .status(let status, let delay):
            self.status = status
            retryAfter = delay
        case .cancelled: failureClass = .cancelled
        case .shutdown: failureClass = .shutdown
        default: break
        }
    }

    private static func code(for fault: MCPFault) -> String {
        switch fault.kind {
        case .unavailable, .closed, .sessionLost: Code.network
        case .timeout: Code.timeout
        case .cancelled, .shutdown: Code.cancelled
        case .tooLarge: Code.responseTooLarge
        case .requestTooLarge: Code.validation
        case .invalidReply: Code.invalidResponse
        case .refused(let error): code(for: error)
        case .http(let error): error.code == .addressRefused ? Code.addressRefused : Code.network
        case .status(let status, _): code(forStatus: status)
        case .credential: Code.authFailed
        }
    }

    private static func code(for error: JSONRPCError) -> String {
        switch error.code {
        case JSONRPCError.Code.invalidParams: Code.validation
        case JSONRPCError.Code.methodNotFound: Code.actionNotFound
        case JSONRPCError.Code.requestTimeout: Code.timeout
        default: Code.failed
        }
    }

    private static func code(forStatus status: Int) -> String {
        switch status {
        case 401: Code.authFailed
        case 403: Code.forbidden
        case 404, 410: Code.notFound
        case 408, 504: Code.timeout
        case 429: Code.rateLimit
        case 500...: Code.serverError
        default: Code.badRequest
        }
    }

    /// Never the server's own words: they may hold content.
    private static func words(for fault: MCPFault) -> String {
        switch fault.kind {
        case .unavailable(let reason): "the server is not available: \(reason)"
        case .closed: "the server ended before it answered"
        case .sessionLost: "the server ends every session"
        case .timeout: "no answer within the time limit"
        case .cancelled: "the call was cancelled"
        case .shutdown: "the worker stops"
        case .tooLarge: "the answer is larger than the limit"
        case .requestTooLarge: "the arguments are larger than the limit"
        case .invalidReply(let reason): reason
        case .refused(let error): "the server answered with error \(error.code)"
        case .http(let error): "no whole answer from the server (\(error.code.rawValue))"
        case .status(let status, _): "the server answered with HTTP \(status)"
        case .credential(let name): "the credential \(name) is not configured"
        }
    }

    private static func isTemporary(_ fault: MCPFault) -> Bool {
        switch fault.kind {
        case .unavailable, .closed, .timeout, .sessionLost: true
        case .cancelled, .shutdown, .tooLarge, .requestTooLarge, .invalidReply, .credential: false
        case .refused(let error): error.isAboutTime
        case .http(let error):
            switch error.code {
            case .resolve, .connect, .tls, .truncated, .reset, .protocolError: true
            default: false
            }
        case .status(let status, _): status >= 500 || [408, 425, 429].contains(status)
        }
    }
}

extension JSONRPCError {
    /// A time limit of the server's side: the tool may go on.
    var isAboutTime: Bool { code == Code.requestTimeout }
}
