import Journal
import Postgres

extension RunFailure {
    /// The failure of a run whose inputs could not be read: what they are at fault for is
    /// permanent, what the database is at fault for passes.
    static func whileReading(_ error: any Error) -> RunFailure {
        switch error {
        case let failure as RunFailure: failure
        case is CancellationError:
            RunFailure(.cancelled, code: "CANCELLED", message: "stopped before it began")
        case let error as PostgresError where error.isDataRejected:
            RunFailure(.invalidPayload, code: "PAYLOAD_UNREADABLE", message: error.safeToLog)
        default:
            RunFailure(
                .transport, code: "DATABASE_UNAVAILABLE",
                message: "the job's inputs could not be read: \(error)")
        }
    }
}
