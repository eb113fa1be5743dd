import FoundationEssentials
import Jobs
import Journal
import Logging
import RunLog

/// Takes one claimed job down the straight path: execute, decide, remember, settle. The one place
/// that turns an error into a record. A class, for each job's task holds it.
final class Executor: Sendable {
    /// What a memory may take beside its model call.
    private static let memoryGrace = Duration.seconds(10)

    let handlers: [String: any JobHandler]
    let settings: WorkerSettings
    /// Makes the journal of an attempt.
    let journal: @Sendable (ClaimedJob) -> any CountedJournal
    let settler: Settler
    let running: RunningJobs
    let stopping: StopFlag
    let logger: Logger
    let timing: Timing
    let unpriced = UnpricedModels()

    init(
        handlers: [String: any JobHandler], settings: WorkerSettings,
        journal: @escaping @Sendable (ClaimedJob) -> any CountedJournal, settler: Settler,
        running: RunningJobs, stopping: StopFlag, logger: Logger, timing: Timing = .machine
    ) {
        self.handlers = handlers
        self.settings = settings
        self.journal = journal
        self.settler = settler
        self.running = running
        self.stopping = stopping
        self.logger = logger
        self.timing = timing
    }

    func run(_ job: ClaimedJob) async {
        let started = timing.now()
        let journal = journal(job)
        let end = await execute(job, journal)
        let outcome = Outcome.decide(
            end.attempt, attempt: job.attempt, maxAttempts: job.maxAttempts, snoozes: job.snoozes,
            policy: settings.retryPolicy, random: timing.chance())
        let memory = await remember(job, end.handled, outcome, journal)
        let settled = await settler.settle(
            Settlement(
                jobID: job.id, attemptID: job.attemptID, outcome: outcome,
                failure: end.attempt.failure, output: end.handled.output, run: end.handled.run,
                generation: end.handled.generation))
        running.remove(job)
        unpriced.log(journal.counts.unpricedModels, to: logger)
        var notes: Logger.Metadata = [:]
        notes["memory"] = memory.map { "\($0.text)" }
        notes["memory_not_read"] = end.handled.recallFault.map { "\($0)" }
        log(
            job, end.attempt, outcome, settled, journal.counts, notes,
            after: started.duration(to: timing.now()))
    }

    private func execute(
        _ job: ClaimedJob, _ journal: any CountedJournal
    ) async -> (attempt: AttemptEnd, handled: HandledRun) {
        guard let handler = handlers[job.kind] else {
            let failure = RunFailure(
                .invalidPayload, code: "UNKNOWN_KIND", message: "no handler for kind \(job.kind)")
            return (.failed(failure), HandledRun(failure: failure))
        }
        if let fault = job.payloadFault {
            let failure = RunFailure(
                .invalidPayload, code: "PAYLOAD_UNREADABLE", message: "jobs.payload: \(fault)")
            return (.failed(failure), HandledRun(failure: failure))
        }
        let limit = job.timeout ?? settings.jobTimeout
        let (value, stopped) = await running.execute(job, limit: limit) {
            await handler.run(job, journal: journal)
        }
        let handled = value ?? HandledRun()
        // Its wait is committed, so that it ends the attempt whatever else came meanwhile; a limit
        // that it met yields to a stop, which says more.
        if let suspension = handled.suspension, stopped == nil || suspension.holdFor == nil {
            return (.suspended(suspension), handled)
        }
        // A run that succeeded although it was being stopped has succeeded.
        if handled.failure == nil, stopped == nil || handled.output != nil {
            return (.succeeded, handled)
        }
        if let stopped { return (.stopped(stopped), handled) }
        return (handled.failure.map { .failed($0) } ?? .succeeded, handled)
    }

    /// Lets a run that ended for good leave its memory. Whatever comes of it, the run ended as it
    /// did; and a worker that is to stop has no time for it.
    private func remember(
        _ job: ClaimedJob, _ handled: HandledRun, _ outcome: Outcome, _ journal: any CountedJournal
    ) async -> MemoryNote? {
        guard let handler = handlers[job.kind], let ended = handled.ended,
            outcome == .completed || outcome == .failed
        else { return nil }
        guard !stopping.isSet else { return .skipped("the worker is stopping") }
        let limit = settings.memory.timeout + Self.memoryGrace
        let (note, stopped) = await running.execute(job, limit: limit) {
            await handler.remember(ended, of: job, journal: journal)
        }
        if let note { return note }
        let reason = stopped.flatMap { AttemptEnd.stopped($0).failure?.code }
        return .skipped(reason ?? "stopped")
    }

    private func log(
        _ job: ClaimedJob, _ end: AttemptEnd, _ outcome: Outcome, _ settled: Settled?,
        _ journal: JournalCounts, _ notes: Logger.Metadata, after duration: Duration
    ) {
        let isSettled = settled.map { $0.verdict != .lost } ?? false
        if isSettled, logger.logLevel > .info { return }
        var metadata: Logger.Metadata = [
            "job_id": "\(job.id)", "attempt_id": "\(job.attemptID.uuidString.lowercased())",
            "kind": "\(job.kind)", "attempt": "\(job.attempt)/\(job.maxAttempts)",
            "outcome": "\(outcome.word)", "duration_ms": "\(duration.inMilliseconds)",
        ]
        if let failure = end.failure {
            metadata["failure_class"] = "\(failure.failureClass.rawValue)"
            metadata["error"] = "\(failure)"
        }
        if case .suspended(let suspension) = end {
            metadata[suspension.holdFor == nil ? "waits_for" : "held_by"] = "\(suspension.reason)"
        }
        if journal.replayed > 0 { metadata["replayed"] = "\(journal.replayed)" }
        // What a changed agent, prompt or program made this attempt ask for anew.
        if journal.divergences > 0 { metadata["divergences"] = "\(journal.divergences)" }
        if let delay = outcome.delay { metadata["again_in_ms"] = "\(delay.inMilliseconds)" }
        metadata.merge(notes) { $1 }
        switch settled?.verdict {
        case .done, .already:
            metadata["tokens"] = "\(settled?.totalTokens ?? 0)"
            logger.info("job settled", metadata: metadata)
        case .lost:
            logger.warning(
                "job lost: it was taken back meanwhile, nothing was recorded", metadata: metadata)
        case nil:
            logger.error("job not settled: its rescue will record it", metadata: metadata)
        }
    }
}
