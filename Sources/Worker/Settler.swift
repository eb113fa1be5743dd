import FoundationEssentials
import Jobs
import Logging
import Postgres

/// Settles attempts in groups: a connection that falls idle takes whatever waits. So jobs that
/// finish close together share one transaction, and a lone one does not wait for company.
actor Settler {
    /// Beyond this a larger group gains nothing, and one bad element costs more.
    static let largestGroup = 100

    /// How long a result is kept in memory while the database cannot take it (I8).
    static let patience = Duration.seconds(600)
    /// Longer than any statement timeout: past it the answer is lost.
    static let answerDeadline = Duration.seconds(40)

    private typealias Waiter = (
        settlement: Settlement, answer: CheckedContinuation<Settled?, Never>
    )

    private let pool: PostgresPool
    private let logger: Logger
    private var idle: Int
    private var waiting: [Waiter] = []
    /// A connection is about to take what waits.
    private var isGathering = false
    /// Set when the shutdown's time is over: a settlement that fails is not tried again.
    private var isHurried = false
    /// The pauses before next tries, one per connection at most; `hurry` cuts them short.
    private var pauses: [Int: Task<Void, Never>] = [:]
    private var lastPause = 0

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

    /// From now on a settlement that fails is not tried again.
    func hurry() {
        isHurried = true
        for pause in pauses.values { pause.cancel() }
    }

    private func kick() {
        guard idle > 0, !waiting.isEmpty, !isGathering else { return }
        idle -= 1
        isGathering = true
        Task {
            // Jobs that ended at the same moment are on their way here: a turn behind them, so that the
            // first does not go alone (a group of one costs the database ten times as much a job).
            await Task.yield()
            self.isGathering = false
            let group = Array(waiting.prefix(Self.largestGroup))
            waiting.removeFirst(group.count)
            self.kick()
            await self.settle(group)
            self.idle += 1
            self.kick()
        }
    }

    private func settle(_ group: [Waiter]) async {
        let settled = await commit(group.map(\.settlement), until: .now + Self.patience)
        for (settlement, answer) in group {
            answer.resume(returning: settled[settlement.attemptID])
        }
    }

    /// Commits a group. What Postgres refuses for good is halved down to the guilty settlement, so
    /// that it costs the others nothing; what may pass is tried again until the deadline and then
    /// left to rescue, never recorded as something it was not.
    private func commit(
        _ group: [Settlement], until deadline: ContinuousClock.Instant
    ) async -> [UUID: Settled] {
        do {
            return try await commitPatiently(group, until: deadline)
        } catch  where !error.mayPass && group.count > 1 {
            let middle = group.count / 2
            let first = await commit(Array(group[..<middle]), until: deadline)
            let second = await commit(Array(group[middle...]), until: deadline)
            return first.merging(second) { first, _ in first }
        } catch  where error.isDataRejected && group.count == 1 {
            return await commitWithoutContent(group[0], after: error, until: deadline)
        } catch {
            leaveToRescue(group, error)
            return [:]
        }
    }

    private func commitWithoutContent(
        _ settlement: Settlement, after error: PostgresError,
        until deadline: ContinuousClock.Instant
    ) async -> [UUID: Settled] {
        logger.error(
            "settlement refused, recording the attempt without its content",
            metadata: ["job_id": "\(settlement.jobID)", "error": "\(error.safeToLog)"])
        do {
            let bare = settlement.payloadRejected("SQLSTATE \(error.sqlState ?? "unknown")")
            return try await commitPatiently([bare], until: deadline)
        } catch {
            leaveToRescue([settlement], error)
            return [:]
        }
    }

    private func leaveToRescue(_ group: [Settlement], _ error: PostgresError) {
        for settlement in group {
            logger.critical(
                "attempt cannot be settled, left to rescue",
                metadata: ["job_id": "\(settlement.jobID)", "error": "\(error.safeToLog)"])
        }
    }

    /// A failure that may pass is tried again with the result kept in memory: `settle_jobs` answers
    /// `already` when an earlier try had committed and only its acknowledgement was lost. The fence
    /// guards whatever happens meanwhile.
    private func commitPatiently(
        _ group: [Settlement], until deadline: ContinuousClock.Instant
    ) async throws(PostgresError) -> [UUID: Settled] {
        var pause = Duration.milliseconds(50)
        while true {
            do {
                return try await pool.withConnection {
                    try await JobQueue($0, deadline: Self.answerDeadline).settle(group)
                }
            } catch let error as PostgresError {
                guard error.mayPass, !isHurried, .now < deadline else { throw error }
                logger.warning(
                    "settlement failed, trying again",
                    metadata: ["jobs": "\(group.count)", "error": "\(error.safeToLog)"])
            } catch {
                throw PostgresError(.cancelled, "\(error)", context: "settle")
            }
            await rest(pause * Double.random(in: 0.5..<1))
            pause = min(pause * 2, .seconds(5))
        }
    }

    /// Not a doorbell, which wakes one sleeper: several groups may rest at once.
    private func rest(_ time: Duration) async {
        guard !isHurried else { return }
        let pause = Task { _ = try? await Task.sleep(for: time) }
        lastPause += 1
        let id = lastPause
        pauses[id] = pause
        await pause.value
        pauses[id] = nil
    }
}

extension PostgresError {
    /// Whether the same statement may succeed later.
    fileprivate var mayPass: Bool { isTransient || outcomeUnknown || isStorageFault }
}
