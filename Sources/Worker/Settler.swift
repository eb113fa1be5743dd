import FoundationEssentials
import Jobs
import Logging
import Postgres
import Synchronization

/// Settles attempts in groups: a connection that falls idle takes whatever waits, after a moment for
/// company when others were settled just before. So jobs that finish close together share one
/// transaction, and a lone one waits for nobody. Behind a lock, for the sake of hops, as `RunningJobs`.
final class Settler: Sendable {
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

    private struct State {
        var idle: Int
        var waiting: [Waiter] = []
        /// A connection is about to take what waits.
        var isGathering = false
        /// When a group was last begun or done.
        var lastMoved: ContinuousClock.Instant?
        /// Set when the shutdown's time is over: a settlement that fails is not tried again.
        var isHurried = false
        /// Rung to cut the pauses before next tries short, one per connection at most.
        var pauses: [Int: Doorbell] = [:]
        var lastPause = 0

        /// Takes a connection to gather a group for it; false when there is none, or one gathers.
        mutating func begin() -> Bool {
            guard idle > 0, !isGathering else { return false }
            idle -= 1
            isGathering = true
            return true
        }

        /// Gives an idle connection to whoever waits longest, who is to be told `.commit`.
        mutating func next() -> CheckedContinuation<Turn, Never>? {
            guard !waiting.isEmpty, begin() else { return nil }
            return waiting.removeFirst().turn
        }
    }

    private let pool: any QueuePool
    private let logger: Logger
    private let timing: Timing
    private let state: Mutex<State>

    init(
        pool: any QueuePool, connections: Int, logger: Logger, timing: Timing = .machine
    ) {
        self.pool = pool
        self.logger = logger
        self.timing = timing
        state = Mutex(State(idle: connections))
    }

    /// Returns when the attempt is settled or known to be lost; nil when it could not be settled at
    /// all, which leaves it to rescue.
    func settle(_ settlement: Settlement) async -> Settled? {
        let turn = await withCheckedContinuation { turn in
            let isFirst = state.withLock { state in
                if state.begin() { return true }
                state.waiting.append((settlement, turn))
                return false
            }
            if isFirst { turn.resume(returning: .commit) }
        }
        if case .settled(let settled) = turn { return settled }
        await gatherCompany()
        let begun = timing.now()
        let (others, next) = state.withLock { state in
            state.isGathering = false
            state.lastMoved = begun
            let others = Array(state.waiting.prefix(Self.largestGroup - 1))
            state.waiting.removeFirst(others.count)
            return (others, state.next())
        }
        next?.resume(returning: .commit)
        let settled = await commit(
            [settlement] + others.map(\.settlement), until: begun + Self.patience)
        for (settlement, turn) in others {
            turn.resume(returning: .settled(settled[settlement.attemptID]))
        }
        let end = timing.now()
        state.withLock { state in
            state.lastMoved = end
            state.idle += 1
            return state.next()
        }?.resume(returning: .commit)
        return settled[settlement.attemptID]
    }

    /// Jobs that ended at the same moment are on their way here: a turn behind them, so that the first
    /// does not go alone; a moment in a stream, whose next are about to end.
    private func gatherCompany() async {
        let now = timing.now()
        let isStream = state.withLock { state in
            guard let last = state.lastMoved, !state.isHurried else { return false }
            return last.duration(to: now) < Self.gather.stream
                && state.waiting.count < Self.largestGroup - 1
        }
        guard isStream else { return await Task.yield() }
        try? await timing.sleep(Self.gather.pause)
    }

    /// From now on a settlement that fails is not tried again.
    func hurry() {
        let pauses = state.withLock { state in
            state.isHurried = true
            return state.pauses.sorted { $0.key < $1.key }
        }
        for (_, pause) in pauses { pause.ring() }
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
                guard error.mayPass, !state.withLock({ $0.isHurried }), !Task.isCancelled,
                    timing.now() < deadline
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
        let pause = Doorbell(timing: timing)
        let id = state.withLock { state -> Int? in
            guard !state.isHurried else { return nil }
            state.lastPause += 1
            state.pauses[state.lastPause] = pause
            return state.lastPause
        }
        guard let id else { return }
        await pause.wait(atMost: time)
        state.withLock { $0.pauses[id] = nil }
    }
}

extension PostgresError {
    /// Whether the same statement may succeed later.
    fileprivate var mayPass: Bool { isTransient || outcomeUnknown || isStorageFault }
}
