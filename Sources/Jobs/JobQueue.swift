import Postgres

/// The queue's verbs, each one statement on one connection. They open no transaction of their own,
/// so a caller may put them into its own.
public struct JobQueue: Sendable {
    let connection: PostgresConnection
    /// How long a verb waits for its answer; past it the statement is cancelled and its outcome may
    /// be unknown. The server's own timeouts do not fire when an answer is lost or a COMMIT waits
    /// for a standby, so whoever must not hang sets this.
    let deadline: Duration?

    public init(_ connection: PostgresConnection, deadline: Duration? = nil) {
        self.connection = connection
        self.deadline = deadline
    }

    @discardableResult
    func query(
        _ sql: String, _ parameters: [PostgresParameter] = []
    ) async throws(PostgresError) -> PostgresRows {
        try await connection.query(sql, parameters, deadline: deadline)
    }
}
