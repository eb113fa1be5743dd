import Journal
import Postgres

/// The ledger could not be written.
struct LedgerFailure: Error {
    let error: PostgresError

    init(_ error: PostgresError) {
        self.error = error
    }

    var runFailure: RunFailure {
        RunFailure(
            .transport, code: "LEDGER_UNAVAILABLE",
            message: "the call could not be recorded: \(error.message)")
    }
}
