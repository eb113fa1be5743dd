import FoundationEssentials
import Jobs
import Logging
import Postgres

/// Settles attempts in groups: a connection that falls idle takes whatever waits. So jobs that
/// finish close together share one transaction, and a lone one does not wait for company.
actor Settler {
    /// Beyond this a larger group gains nothing, and one bad element costs more.
    static let largestGroup = 100

    private typealias Waiter = (
        settlement: Settlement, answer: CheckedContinuation<Settled?, Never>
    )

    private let pool: PostgresPool
    private let logger: Logger
    private var idle: Int
    private var waiting: [Waiter] = []
    /// Set when the shutdown's time is over: a settlement that fails is not tried again.
    private var isHurried = false

    init(pool: PostgresPool, connections: Int, logger: Logger) {
        self.pool = pool
        self.logger = logger
        idle = connections
    }

    /// Returns when the attempt is settled or known to be lost; nil when it could not be settled at
    /// all, which leaves it to rescue.
    func settle(_ settlement: Settlement) async -> Settled? {
        await withCheckedContinuation { answer in
            waiting.append((settlement, answer))
            kick()
        }
    }

    func hurry() {
        isHurried = true
    }

    private func kick() {
        while idle > 0, !waiting.isEmpty {
            idle -= 1
            let group = Array(waiting.prefix(Self.largestGroup))
            waiting.removeFirst(group.count)
            Task {
                await self.settle(group)
                self.idle += 1
                self.kick()
            }
        }
    }

    private func settle(_ group: [Waiter]) async {
        let settled = await commit(group.map(\.settlement))
        for (settlement, answer) in group {
            answer.resume(returning: settled[settlement.attemptID])
        }
    }

    /// Commits a group; on data that Postgres cannot store it is halved down to the guilty one,
    /// which is then recorded without its content.
    private func commit(_ group: [Settlement]) async -> [UUID: Settled] {
        do {
            return try await commitPatiently(group)
        } catch {
            if group.count > 1 {
                let middle = group.count / 2
                return await commit(Array(group[..<middle])).merging(
                    await commit(Array(group[middle...]))
                ) { first, _ in first }
            }
            return await commitWithoutContent(group[0], after: error)
        }
    }

    private func commitWithoutContent(
        _ settlement: Settlement, after error: PostgresError
    ) async -> [UUID: Settled] {
        logger.error(
            "settlement refused, recording the attempt without its content",
            metadata: ["job_id": "\(settlement.jobID)", "error": "\(error)"])
        do {
            return try await commitPatiently([settlement.payloadRejected(error.message)])
        } catch {
            logger.critical(
                "attempt cannot be settled, left to rescue",
                metadata: ["job_id": "\(settlement.jobID)", "error": "\(error)"])
            return [:]
        }
    }

    /// A failure that may pass is tried again with the result kept in memory: `settle_jobs` answers
    /// `already` when an earlier try had committed and only its acknowledgement was lost. Bounded
    /// at ten minutes (I8); the fence guards whatever happens meanwhile.
    private func commitPatiently(
        _ group: [Settlement]
    ) async throws(PostgresError) -> [UUID: Settled] {
        let deadline = ContinuousClock.now + .seconds(600)
        var pause = Duration.milliseconds(50)
        while true {
            do {
                return try await pool.withConnection {
                    try await JobQueue($0).settle(group)
                }
            } catch let error as PostgresError {
                let mayPass = error.isTransient || error.outcomeUnknown || error.isStorageFault
                guard mayPass, !isHurried, .now < deadline else { throw error }
                logger.warning(
                    "settlement failed, trying again",
                    metadata: ["jobs": "\(group.count)", "error": "\(error)"])
            } catch {
                throw PostgresError(.cancelled, "\(error)", context: "settle")
            }
            try? await Task.sleep(for: pause * Double.random(in: 0.5..<1))
            pause = min(pause * 2, .seconds(5))
        }
    }
}
