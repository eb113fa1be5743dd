import FoundationEssentials
import Postgres

/// A job taken back from a dead worker.
public struct RescuedJob: Sendable {
    public let jobID: Int64
    public let attemptID: UUID
    public let workerID: UUID
    /// `available` again, `failed` or `cancelled` for good, or `stuck`: its records cannot be
    /// written.
    public let state: String
    /// What keeps a stuck job's records from being written.
    public let error: String?

    /// A job taken back by hand, in fakes.
    public init(
        jobID: Int64, attemptID: UUID, workerID: UUID, state: String, error: String? = nil
    ) {
        self.jobID = jobID
        self.attemptID = attemptID
        self.workerID = workerID
        self.state = state
        self.error = error
    }

    init(row: PostgresRow) throws(PostgresError) {
        jobID = try row.decode(Int64.self, "job_id")
        attemptID = try row.decode(UUID.self, "attempt_id")
        workerID = try row.decode(UUID.self, "worker_id")
        state = try row.decode(String.self, "state")
        error = try row.decodeIfPresent(String.self, "error")
    }
}
