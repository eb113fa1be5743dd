import HTTP
import Journal

/// Why a request to a server has no result.
struct MCPFault: Error, Sendable {
    enum Kind: Sendable {
        /// The server could not be started or spoken to; in words without content.
        case unavailable(String)
        /// The server died, or ended the stream, before it answered.
        case closed
        case timeout
        case cancelled
        case shutdown
        /// A reply, or the list of tools, is larger than the limit.
        case tooLarge
        /// Arguments larger than the limit, or a server that reads nothing.
        case requestTooLarge
        /// Not what the protocol allows.
        case invalidReply(String)
        /// The server's own error.
        case refused(JSONRPCError)
        /// A session of the old era is over; the request was not looked at.
        case sessionLost
        case http(HTTPError)
        case status(Int, retryAfter: Duration?)
        /// A secret that the definition names is not there.
        case credential(String)
    }

    var kind: Kind
    /// Whether the whole request may have reached the server.
    var mayHaveActed: Bool

    init(_ kind: Kind, mayHaveActed: Bool = false) {
        self.kind = kind
        self.mayHaveActed = mayHaveActed
    }

    static let timeout = MCPFault(.timeout)
    static let cancelled = MCPFault(.cancelled)
    static let shutdown = MCPFault(.shutdown)
}
