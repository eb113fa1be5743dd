import Jobs
import Logging
import Postgres
import RunLog

/// Forgets what is old: silent workers, journals, memories, budget windows, and what the retention
/// policies are done with; names who keeps dead rows from being removed. Every worker does it now and
/// then, in short steps that are safe to run at the same time elsewhere.
struct Pruning: Sendable {
    static let limit = 1000
    static let memoriesLimit = 500
    /// Past it the answer is lost, and the next round asks anew.
    static let answerDeadline = Duration.seconds(40)

    let pool: PostgresPool
    let logger: Logger

    /// What is due in this round of maintenance.
    func run(round: Int) async throws {
        if round % 30 == 0 { try await pruneJournals() }
        if round % 30 == 9 { try await pruneBudgets() }
        if round % 60 == 0 { try await pruneMemories() }
        if round % 30 == 18 { try await prune() }
        if round % 60 == 45 { try await nameHorizonHolder() }
        if round % 500 == 0 {
            try await pool.withConnection {
                let queue = JobQueue($0, deadline: Self.answerDeadline)
                try await queue.pruneWorkers()
                try await queue.pruneConcurrency()
            }
        }
    }

    private func pruneJournals() async throws {
        try await repeatWhileFull(Self.limit) {
            try await JobQueue($0, deadline: Self.answerDeadline).pruneJournals(limit: Self.limit)
        }
    }

    private func pruneMemories() async throws {
        try await repeatWhileFull(Self.memoriesLimit) {
            try await RunMemories($0, deadline: Self.answerDeadline)
                .prune(limit: Self.memoriesLimit)
        }
    }

    /// Takes step after step until one removes less than it may.
    func repeatWhileFull(
        _ limit: Int, _ step: @Sendable (PostgresConnection) async throws -> Int
    ) async throws {
        while try await pool.withConnection(step) == limit, !Task.isCancelled {}
    }
}
