import Jobs
import Postgres

/// The queue on one connection of a loop's own.
protocol QueueLine: Sendable {
    /// The queue; a statement that is not answered within the deadline is given up. Connects anew
    /// when there is no connection that works.
    func queue(deadline: Duration) async throws(PostgresError) -> any QueueStore
    /// Closes the connection: after an error, or at the end.
    func drop() async
}

extension KeptConnection: QueueLine {
    func queue(deadline: Duration) async throws(PostgresError) -> any QueueStore {
        JobQueue(try await get(), deadline: deadline)
    }
}
