import FoundationEssentials
import Jobs

/// The attempts this worker holds, from their claim until they are settled.
actor RunningJobs {
    private struct Run {
        let job: ClaimedJob
        /// Cancels the handler's task; nil before it starts and once it has returned.
        var cancel: (@Sendable () -> Void)?
        var stopReason: StopReason?
    }

    private var runs: [UUID: Run] = [:]
    /// Those that ended since the last turn.
    private var ended: [HeldAttempt] = []
    private let changed: Doorbell
    private let lease: LeaseState
    private let executor: (any TaskExecutor)?

    /// `changed` rings whenever a slot becomes free. Handlers run on `executor`; nil: on the shared
    /// pool.
    init(changed: Doorbell, lease: LeaseState, executor: (any TaskExecutor)? = nil) {
        self.changed = changed
        self.lease = lease
        self.executor = executor
    }

    var count: Int { runs.count }

    /// How many attempts are held, and which ended since this was last asked.
    func turn() -> (held: Int, ended: [HeldAttempt]) {
        defer { ended = [] }
        return (runs.count, ended)
    }

    /// All attempts held, those being settled too.
    var held: [HeldAttempt] {
        runs.values.map { HeldAttempt(jobID: $0.job.id, attemptID: $0.job.attemptID) }
    }

    /// The attempts whose handlers still run.
    var executing: [HeldAttempt] {
        runs.values.filter { $0.cancel != nil }
            .map { HeldAttempt(jobID: $0.job.id, attemptID: $0.job.attemptID) }
    }

    func add(_ job: ClaimedJob) {
        runs[job.attemptID] = Run(job: job)
    }

    /// Runs the handler, or what it does after the run, unless the attempt was stopped before that
    /// began; returns what came of it, nil when it did not begin, and why the attempt was stopped,
    /// if it was.
    func execute<Value: Sendable>(
        _ job: ClaimedJob, _ body: @escaping @Sendable () async -> Value
    ) async -> (value: Value?, stopped: StopReason?) {
        if let reason = runs[job.attemptID]?.stopReason { return (nil, reason) }
        // The fence may have fallen between the claim's answer and here.
        guard lease.isHealthy else { return (nil, .leaseLost) }
        // Off this actor: handlers parse and validate, and the heartbeat must not wait behind them.
        let task = Task(executorPreference: executor) { @concurrent in await body() }
        runs[job.attemptID]?.cancel = { task.cancel() }
        let value = await task.value
        runs[job.attemptID]?.cancel = nil
        return (value, runs[job.attemptID]?.stopReason)
    }

    /// Stops an attempt's run. The first reason counts; one that already returned is past stopping.
    func stop(_ attempt: UUID, _ reason: StopReason) {
        guard let run = runs[attempt], run.stopReason == nil else { return }
        runs[attempt]?.stopReason = reason
        run.cancel?()
    }

    /// In a fixed order, so that a replay comes to the same.
    func stopAll(_ reason: StopReason) {
        for attempt in runs.keys.sorted() { stop(attempt, reason) }
    }

    func remove(_ job: ClaimedJob) {
        runs[job.attemptID] = nil
        ended.append(HeldAttempt(jobID: job.id, attemptID: job.attemptID))
        changed.ring()
    }
}
