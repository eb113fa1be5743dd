import FoundationEssentials
import Jobs
import Synchronization

/// The attempts this worker holds, from their claim until they are settled. Behind a lock: an actor's
/// hops were a tenth of what a no-op job costs the worker.
final class RunningJobs: Sendable {
    private struct Run {
        let job: ClaimedJob
        /// Cancels the handler's task; nil before it starts and once it has returned.
        var cancel: (@Sendable () -> Void)?
        var stopReason: StopReason?
        /// When it is stopped, while its handler runs.
        var deadline: ContinuousClock.Instant?
        /// What the deadline comes from.
        var limit = Duration.zero

        var attempt: HeldAttempt { HeldAttempt(jobID: job.id, attemptID: job.attemptID) }
    }

    private struct State {
        var runs: [UUID: Run] = [:]
        /// Those that ended since the last turn.
        var ended: [HeldAttempt] = []
        /// Whether a task sleeps until the next deadline.
        var isWatched = false

        /// In a fixed order, so that a replay comes to the same.
        func attempts(where isMeant: (Run) -> Bool) -> [HeldAttempt] {
            runs.values.filter(isMeant).map(\.attempt).sorted { $0.attemptID < $1.attemptID }
        }

        /// The first reason counts; one that already returned is past stopping. Returns what cancels
        /// the handler, to be called without the lock.
        mutating func stop(_ attempt: UUID, _ reason: StopReason) -> (@Sendable () -> Void)? {
            guard let run = runs[attempt], run.stopReason == nil else { return nil }
            runs[attempt]?.stopReason = reason
            return run.cancel
        }
    }

    /// How late a new deadline may be noticed that is earlier than those known.
    private static let watchPause = Duration.milliseconds(250)

    private let state = Mutex(State())
    private let changed: Doorbell
    private let lease: LeaseState
    private let executor: (any TaskExecutor)?
    private let timing: Timing

    /// `changed` rings whenever a slot becomes free. Handlers run on `executor`; nil: on the shared
    /// pool.
    init(
        changed: Doorbell, lease: LeaseState, executor: (any TaskExecutor)? = nil,
        timing: Timing = .machine
    ) {
        self.changed = changed
        self.lease = lease
        self.executor = executor
        self.timing = timing
    }

    var count: Int { state.withLock { $0.runs.count } }

    /// How many attempts are held, and which ended since this was last asked.
    func turn() -> (held: Int, ended: [HeldAttempt]) {
        state.withLock { state in
            defer { state.ended = [] }
            return (state.runs.count, state.ended)
        }
    }

    /// All attempts held, those being settled too.
    var held: [HeldAttempt] { state.withLock { $0.attempts { _ in true } } }

    /// The attempts whose handlers still run.
    var executing: [HeldAttempt] { state.withLock { $0.attempts { $0.cancel != nil } } }

    func add(_ jobs: [ClaimedJob]) {
        state.withLock { state in
            for job in jobs { state.runs[job.attemptID] = Run(job: job) }
        }
    }

    /// Runs the handler, or what it does after the run, unless the attempt was stopped before that
    /// began, and stops it after `limit`; returns what came of it, nil when it did not begin, and
    /// why the attempt was stopped, if it was.
    func execute<Value: Sendable>(
        _ job: ClaimedJob, limit: Duration, _ body: @escaping @Sendable () async -> Value
    ) async -> (value: Value?, stopped: StopReason?) {
        // The fence may have fallen between the claim's answer and here.
        let isFenced = !lease.isHealthy
        let deadline = timing.now() + limit
        var beginsToWatch = false
        let (task, reason) = state.withLock { state -> (Task<Value, Never>?, StopReason?) in
            let reason = state.runs[job.attemptID]?.stopReason ?? (isFenced ? .leaseLost : nil)
            guard reason == nil else { return (nil, reason) }
            // Under the lock, so that whoever stops the attempt finds what cancels it.
            let task = Task(executorPreference: executor) { @concurrent in await body() }
            state.runs[job.attemptID]?.cancel = { task.cancel() }
            state.runs[job.attemptID]?.deadline = deadline
            state.runs[job.attemptID]?.limit = limit
            beginsToWatch = !state.isWatched
            state.isWatched = true
            return (task, nil)
        }
        guard let task else { return (nil, reason) }
        if beginsToWatch { Task(executorPreference: executor) { await self.watchDeadlines() } }
        let value = await task.value
        return state.withLock { state in
            state.runs[job.attemptID]?.cancel = nil
            state.runs[job.attemptID]?.deadline = nil
            return (value, state.runs[job.attemptID]?.stopReason)
        }
    }

    /// Stops an attempt's run. The first reason counts; one that already returned is past stopping.
    func stop(_ attempt: UUID, _ reason: StopReason) {
        state.withLock { $0.stop(attempt, reason) }?()
    }

    /// One for all runs, where a timer each cost as much as a no-op job.
    private func watchDeadlines() async {
        while let (next, cancels) = meetDeadlines() {
            for cancel in cancels { cancel() }
            // Nobody cancels it; when time passes no more, it must not turn for ever.
            guard
                (try? await timing.sleep(max(.milliseconds(1), min(next, Self.watchPause)))) != nil
            else { return }
        }
    }

    /// Stops what is due; returns what cancels those, and how long until the next deadline as it was
    /// before. nil when nothing runs.
    private func meetDeadlines() -> (next: Duration, cancels: [@Sendable () -> Void])? {
        let now = timing.now()
        return state.withLock { state in
            guard let next = state.runs.values.compactMap(\.deadline).min() else {
                state.isWatched = false
                return nil
            }
            // In a fixed order, too.
            let due = state.runs.filter { $0.value.deadline.map { $0 <= now } ?? false }
                .sorted { $0.key < $1.key }
            let cancels = due.compactMap { attempt, run in
                state.runs[attempt]?.deadline = nil
                return state.stop(attempt, .timeLimit(run.limit))
            }
            return (now.duration(to: next), cancels)
        }
    }

    /// In a fixed order, too.
    func stopAll(_ reason: StopReason) {
        let cancels = state.withLock { state in
            state.runs.keys.sorted().compactMap { state.stop($0, reason) }
        }
        for cancel in cancels { cancel() }
    }

    func remove(_ job: ClaimedJob) {
        state.withLock { state in
            state.runs[job.attemptID] = nil
            state.ended.append(HeldAttempt(jobID: job.id, attemptID: job.attemptID))
        }
        changed.ring()
    }
}
