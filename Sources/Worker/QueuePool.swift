import Jobs
import Postgres

/// The queue on connections that several share.
protocol QueuePool: Sendable {
    /// Leases a connection to `body`; a statement that is not answered within the deadline is given
    /// up.
    func withQueue<Value: Sendable>(
        deadline: Duration, _ body: (any QueueStore) async throws -> Value
    ) async throws -> Value
}

extension PostgresPool: QueuePool {
    func withQueue<Value: Sendable>(
        deadline: Duration, _ body: (any QueueStore) async throws -> Value
    ) async throws -> Value {
        try await withConnection { try await body(JobQueue($0, deadline: deadline)) }
    }
}
