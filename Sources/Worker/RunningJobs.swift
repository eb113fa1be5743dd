import FoundationEssentials
import Jobs

/// The attempts this worker holds, from their claim until they are settled.
actor RunningJobs {
    private struct Run {
        let job: ClaimedJob
        /// Cancels the handler's task; nil before it starts and once it has returned.
        var cancel: (@Sendable () -> Void)?
        var stopReason: StopReason?
        /// When it is stopped, while its handler runs.
        var deadline: ContinuousClock.Instant?
        /// What the deadline comes from.
        var limit = Duration.zero
    }

    /// How late a new deadline may be noticed that is earlier than those known.
    private static let watchPause = Duration.milliseconds(250)

    private var runs: [UUID: Run] = [:]
    /// Those that ended since the last turn.
    private var ended: [HeldAttempt] = []
    private let changed: Doorbell
    private let lease: LeaseState
    private let executor: (any TaskExecutor)?
    private let timing: Timing
    /// Sleeps until the next deadline: one for all runs, where a timer each cost as much as a no-op
    /// job. nil while nothing runs.
    private var watch: Task<Void, Never>?

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

    var count: Int { runs.count }

    /// How many attempts are held, and which ended since this was last asked.
    func turn() -> (held: Int, ended: [HeldAttempt]) {
        defer { ended = [] }
        return (runs.count, ended)
    }

    /// All attempts held, those being settled too. In a fixed order, so that a replay comes to the same.
    var held: [HeldAttempt] { attempts { _ in true } }

    /// The attempts whose handlers still run.
    var executing: [HeldAttempt] { attempts { $0.cancel != nil } }

    private func attempts(where isMeant: (Run) -> Bool) -> [HeldAttempt] {
        runs.values.filter(isMeant)
            .map { HeldAttempt(jobID: $0.job.id, attemptID: $0.job.attemptID) }
            .sorted { $0.attemptID < $1.attemptID }
    }

    func add(_ jobs: [ClaimedJob]) {
        for job in jobs { runs[job.attemptID] = Run(job: job) }
    }

    /// Runs the handler, or what it does after the run, unless the attempt was stopped before that
    /// began, and stops it after `limit`; returns what came of it, nil when it did not begin, and
    /// why the attempt was stopped, if it was.
    func execute<Value: Sendable>(
        _ job: ClaimedJob, limit: Duration, _ body: @escaping @Sendable () async -> Value
    ) async -> (value: Value?, stopped: StopReason?) {
        if let reason = runs[job.attemptID]?.stopReason { return (nil, reason) }
        // The fence may have fallen between the claim's answer and here.
        guard lease.isHealthy else { return (nil, .leaseLost) }
        // Off this actor: handlers parse and validate, and the heartbeat must not wait behind them.
        let task = Task(executorPreference: executor) { @concurrent in await body() }
        runs[job.attemptID]?.cancel = { task.cancel() }
        runs[job.attemptID]?.deadline = timing.now() + limit
        runs[job.attemptID]?.limit = limit
        if watch == nil {
            watch = Task(executorPreference: executor) { await self.watchDeadlines() }
        }
        let value = await task.value
        runs[job.attemptID]?.cancel = nil
        runs[job.attemptID]?.deadline = nil
        return (value, runs[job.attemptID]?.stopReason)
    }

    /// Stops an attempt's run. The first reason counts; one that already returned is past stopping.
    func stop(_ attempt: UUID, _ reason: StopReason) {
        guard let run = runs[attempt], run.stopReason == nil else { return }
        runs[attempt]?.stopReason = reason
        run.cancel?()
    }

    private func watchDeadlines() async {
        while let next = runs.values.compactMap(\.deadline).min() {
            let now = timing.now()
            for attempt in due(now) {
                guard let run = runs[attempt] else { continue }
                runs[attempt]?.deadline = nil
                stop(attempt, .timeLimit(run.limit))
            }
            let pause = max(.milliseconds(1), min(now.duration(to: next), Self.watchPause))
            try? await timing.sleep(pause)
        }
        watch = nil
    }

    /// The runs whose time is over, in a fixed order, too.
    private func due(_ now: ContinuousClock.Instant) -> [UUID] {
        runs.filter { $0.value.deadline.map { $0 <= now } ?? false }.keys.sorted()
    }

    /// In a fixed order, too.
    func stopAll(_ reason: StopReason) {
        for attempt in runs.keys.sorted() { stop(attempt, reason) }
    }

    func remove(_ job: ClaimedJob) {
        runs[job.attemptID] = nil
        ended.append(HeldAttempt(jobID: job.id, attemptID: job.attemptID))
        changed.ring()
    }
}
