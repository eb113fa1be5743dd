import FoundationEssentials
import Journal
import Postgres

/// The journal of one attempt: its calls, accounted for in the database.
public struct AttemptJournal: Journal {
    let pool: PostgresPool
    let attempt: AttemptContext
    /// How long an outcome that cannot be written is tried again; past it the row stays pending and
    /// becomes `unknown`.
    let patience: Duration

    /// How long one statement waits for its answer, the wait for a connection included.
    static let answerDeadline = Duration.seconds(10)
    /// The patience that is left once the run was stopped: its worker wants to go on, or to go.
    static let hurriedPatience = Duration.seconds(2)

    public init(pool: PostgresPool, attempt: AttemptContext, patience: Duration = .seconds(20)) {
        self.pool = pool
        self.attempt = attempt
        self.patience = patience
    }

    public func account<Reply: Sendable>(
        for intent: CallIntent, _ call: () async throws -> AccountedReply<Reply>
    ) async throws -> Reply {
        try Task.checkCancellation()
        let id = try await open(intent)
        let started = ContinuousClock.now
        do {
            let accounted = try await call()
            try await close(id, .answered(accounted, after: started.duration(to: .now)))
            return accounted.reply
        } catch let failure as LedgerFailure {
            throw failure.runFailure
        } catch {
            // What the call cost is written even when its error matters more than one in writing
            // it.
            try? await close(id, .threw(error, after: started.duration(to: .now)))
            throw error
        }
    }

    private func open(_ intent: CallIntent) async throws -> UUID {
        let opened: UUID?
        do {
            opened = try await pool.withConnection(leaseDeadline: Self.answerDeadline) {
                try await TokenUsage(connection: $0, deadline: Self.answerDeadline)
                    .open(intent, for: attempt)
            }
        } catch let error as PostgresError {
            throw LedgerFailure(error).runFailure
        }
        guard let opened else {
            throw RunFailure(
                .crash, code: "LEASE_LOST", message: "the job was taken over; no call was made")
        }
        return opened
    }

    /// A task of its own: the outcome of a paid call is written even when the run was cancelled
    /// meanwhile.
    private func close(_ id: UUID, _ outcome: CallOutcome) async throws {
        let stop = StopNotice()
        let writing = Task { try await closePatiently(id, outcome, until: stop) }
        try await withTaskCancellationHandler {
            try await writing.value
        } onCancel: {
            stop.give()
        }
    }

    private func closePatiently(
        _ id: UUID, _ outcome: CallOutcome, until stop: StopNotice
    ) async throws {
        let started = ContinuousClock.now
        var pause = Duration.milliseconds(50)
        while true {
            do {
                return try await pool.withConnection(leaseDeadline: Self.answerDeadline) {
                    try await TokenUsage(connection: $0, deadline: Self.answerDeadline)
                        .close(id, outcome)
                }
            } catch let error as PostgresError {
                let limit = stop.isGiven ? min(patience, Self.hurriedPatience) : patience
                let mayPass = error.isTransient || error.isStorageFault
                guard mayPass, started.duration(to: .now) + pause < limit else {
                    throw LedgerFailure(error)
                }
                try await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(1))
            }
        }
    }
}
