import FoundationEssentials
import Jobs
import Logging
import Postgres

/// Settles attempts in groups: a connection that falls idle takes whatever waits, after a moment for
/// company when others were settled just before. So jobs that finish close together share one
/// transaction, and a lone one waits for nobody.
actor Settler {
    /// Beyond this a larger group gains nothing, and one bad element costs more.
    static let largestGroup = 100
    /// A statement's fixed cost is that of ten to twenty settlements in it: what comes within `stream`
    /// of other settlements waits so long for more of them.
    static let gather = (pause: Duration.milliseconds(3), stream: Duration.milliseconds(10))

    /// How long a result is kept in memory while the database cannot take it (I8).
    static let patience = Duration.seconds(600)
    /// Longer than any statement timeout: past it the answer is lost.
    static let answerDeadline = Duration.seconds(40)

    /// What one that waited for a connection is told.
    private enum Turn {
        /// Somebody else's group took it along.
        case settled(Settled?)
        /// A connection is free: it is to commit the next group.
        case commit
    }

    private typealias Waiter = (settlement: Settlement, turn: CheckedContinuation<Turn, Never>)

    private let pool: any QueuePool
    private let logger: Logger
    private let timing: Timing
    private var idle: Int
    private var waiting: [Waiter] = []
    /// A connection is about to take what waits.
    private var isGathering = false
    /// When a group was last begun or done.
    private var lastMoved: ContinuousClock.Instant?
    /// Set when the shutdown's time is over: a settlement that fails is not tried again.
    private var isHurried = false
    /// Rung to cut the pauses before next tries short, one per connection at most.
    private var pauses: [Int: Doorbell] = [:]
    private var lastPause = 0

    init(
        pool: any QueuePool, connections: Int, logger: Logger, timing: Timing = .machine
    ) {
        self.pool = pool
        self.logger = logger
        self.timing = timing
        idle = connections
    }

    /// Returns when the attempt is settled or known to be lost; nil when it could not be settled at
    /// all, which leaves it to rescue.
    func settle(_ settlement: Settlement) async -> Settled? {
        if idle > 0, !isGathering {
            idle -= 1
        } else {
            let turn = await withCheckedContinuation { waiting.append((settlement, $0)) }
            if case .settled(let settled) = turn { return settled }
        }
        await gatherCompany()
        let others = Array(waiting.prefix(Self.largestGroup - 1))
        waiting.removeFirst(others.count)
        if idle > 0 {
            idle -= 1
            passOn()
        }
        let begun = timing.now()
        lastMoved = begun
        let settled = await commit(
            [settlement] + others.map(\.settlement), until: begun + Self.patience)
        lastMoved = timing.now()
        for (settlement, turn) in others {
            turn.resume(returning: .settled(settled[settlement.attemptID]))
        }
        passOn()
        return settled[settlement.attemptID]
    }

    /// Jobs that ended at the same moment are on their way here: a turn behind them, so that the first
    /// does not go alone; a moment in a stream, whose next are about to end.
    private func gatherCompany() async {
        isGathering = true
        defer { isGathering = false }
        let isStream = lastMoved.map { $0.duration(to: timing.now()) < Self.gather.stream } ?? false
        guard isStream, !isHurried, waiting.count < Self.largestGroup - 1 else {
            return await Task.yield()
        }
        try? await timing.sleep(Self.gather.pause)
    }

    /// The connection that fell idle goes to whoever waits longest.
    private func passOn() {
        guard !waiting.isEmpty, !isGathering else {
            idle += 1
            return
        }
        waiting.removeFirst().turn.resume(returning: .commit)
    }

    /// From now on a settlement that fails is not tried again.
    func hurry() {
        isHurried = true
        for (_, pause) in pauses.sorted(by: { $0.key < $1.key }) { pause.ring() }
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
                return try await pool.withQueue(deadline: Self.answerDeadline) {
                    try await $0.settle(group)
                }
            } catch let error as PostgresError {
                guard error.mayPass, !isHurried, !Task.isCancelled, timing.now() < deadline
                else { throw error }
                logger.warning(
                    "settlement failed, trying again",
                    metadata: ["jobs": "\(group.count)", "error": "\(error.safeToLog)"])
            } catch {
                throw PostgresError(.cancelled, "\(error)", context: "settle")
            }
            await rest(pause * timing.random(in: 0.5..<1))
            pause = min(pause * 2, .seconds(5))
        }
    }

    /// Each with a doorbell of its own, which wakes one sleeper: several groups may rest at once.
    private func rest(_ time: Duration) async {
        guard !isHurried else { return }
        lastPause += 1
        let id = lastPause
        let pause = Doorbell(timing: timing)
        pauses[id] = pause
        await pause.wait(atMost: time)
        pauses[id] = nil
    }
}

extension PostgresError {
    /// Whether the same statement may succeed later.
    fileprivate var mayPass: Bool { isTransient || outcomeUnknown || isStorageFault }
}
