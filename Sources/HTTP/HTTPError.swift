/// Why a request has no complete response. An error status (4xx, 5xx) is a response, not an error.
public struct HTTPError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// Not an absolute http or https URL.
        case invalidURL
        /// The host name could not be resolved.
        case resolve
        /// No TCP connection: refused, unreachable.
        case connect
        /// No TLS session: handshake failed or the certificate is not to be trusted.
        case tls
        /// A deadline passed; `deadline` says which.
        case timeout
        /// The body is larger than the request's limit.
        case bodyTooLarge
        /// The header lines are larger than the request's limit.
        case headersTooLarge
        /// The connection ended inside the response.
        case truncated
        /// The connection ended before a response.
        case reset
        /// The calling task was cancelled.
        case cancelled
        /// The address policy forbids every address of the host.
        case addressRefused
        /// The peer does not speak HTTP as it should, or the request can't be expressed in HTTP.
        case protocolError
        /// The client has been shut down.
        case shutdown
    }

    /// The deadlines of a request.
    public enum Deadline: String, Sendable, Hashable {
        /// `HTTPRequest.connectTimeout`.
        case connect
        /// `HTTPRequest.idleTimeout`.
        case idle
        /// `HTTPRequest.totalTimeout`.
        case total
    }

    /// The kind of failure.
    public let code: Code
    /// What was attempted and what went wrong: method, URL without query and userinfo, the cause.
    /// Never a header value or a body.
    public let message: String
    /// Whether a byte of the request may have left, so that the server may have acted and billed.
    public let mayHaveBeenSent: Bool
    /// Which deadline passed; only with `.timeout`.
    public let deadline: Deadline?

    /// An error, for tests of callers.
    public init(code: Code, message: String, mayHaveBeenSent: Bool, deadline: Deadline? = nil) {
        self.code = code
        self.message = message
        self.mayHaveBeenSent = mayHaveBeenSent
        self.deadline = deadline
    }

    /// `message` with the code in front; safe to log.
    public var description: String {
        "\(code.rawValue): \(message)"
    }
}
