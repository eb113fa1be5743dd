/// What went wrong with a statement or a connection. `description` is safe to log: the server's
/// primary message and the statement's beginning, never its DETAIL or the parameters.
public struct PostgresError: Error, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: Sendable, Hashable {
        /// The server refused the statement; five characters, PostgreSQL manual appendix A.
        case server(sqlState: String)
        /// No connection, or it broke.
        case connection
        /// The caller's deadline passed.
        case deadline
        /// The caller's task was cancelled.
        case cancelled
        /// The connection or pool had been closed by its owner.
        case closed
        /// A value was not of the type asked for.
        case decoding
        /// The API was used wrongly; a bug in the caller.
        case usage
    }

    /// The kind of failure.
    public let code: Code
    /// One line: the server's primary message, or ours.
    public let message: String
    /// What an operator may do about it, when the server or we know.
    public let hint: String?
    /// What was attempted: the beginning of the statement, or a verb such as "connect".
    public let context: String
    /// The constraint that was violated, when the server names one.
    public let constraint: String?
    /// The row of a COPY that was refused, from 1, when the server names one.
    public let copyRow: Int?
    /// The statement may have committed: its answer was lost. Never true for a statement inside an
    /// explicit transaction other than its COMMIT.
    public let outcomeUnknown: Bool

    /// An error made by hand, in fakes and by callers that report one of their own.
    public init(
        _ code: Code, _ message: String, hint: String? = nil, context: String,
        constraint: String? = nil, copyRow: Int? = nil, outcomeUnknown: Bool = false
    ) {
        self.code = code
        self.message = message
        self.hint = hint
        self.context = context
        self.constraint = constraint
        self.copyRow = copyRow
        self.outcomeUnknown = outcomeUnknown
    }

    /// The server's SQLSTATE, when it gave one.
    public var sqlState: String? {
        if case .server(let sqlState) = code { sqlState } else { nil }
    }

    /// Everything but the constraint, on one line.
    public var description: String {
        var text = "\(context): \(message)"
        switch code {
        case .server(let sqlState): text += " [\(sqlState)]"
        case .connection: text += " [connection]"
        case .deadline: text += " [deadline]"
        case .cancelled: text += " [cancelled]"
        case .closed: text += " [closed]"
        case .decoding: text += " [decoding]"
        case .usage: text += " [usage]"
        }
        if outcomeUnknown { text += " (outcome unknown: it may have committed)" }
        if let hint { text += "; \(hint)" }
        return text
    }
}
