import FoundationEssentials
import Jobs

/// Watches a simulation and says what may never happen. It keeps books of its own, so that a fault
/// of the simulated database shows too.
// Unchecked: like all of a simulation, touched by its one thread only.
final class Auditor: @unchecked Sendable {
    private struct Run {
        let job: Int64
        let process: Process
        var isStopped = false
        var isTakenByOwn = false
    }

    private(set) var violations: [String] = []
    /// While the database's clock was moved on not long ago, a lease may end early.
    var clockJumpsUntil = Duration.zero

    /// How many runs were taken back by their own worker's late maintenance.
    private(set) var ownTaken = 0

    private let scheduler: Scheduler
    private var holders: [Int64: UUID] = [:]
    private var claims: [UUID: Duration] = [:]
    private var claimCounts: [Int64: Int] = [:]
    private var runs: [UUID: Run] = [:]
    private var running: [Int64: Set<UUID>] = [:]
    private var journal: [String: Duration] = [:]
    private(set) var payments: [String: Int] = [:]

    init(_ scheduler: Scheduler) {
        self.scheduler = scheduler
    }

    func report(_ violation: String) {
        guard violations.count < 20 else { return }
        violations.append("\(violation) at \(scheduler.time)")
    }

    // What the database does.

    func claimed(_ job: SimulatedJob, _ attempt: UUID) {
        if let holder = holders[job.id] {
            report("I2: job \(job.id) was claimed while attempt \(holder) held it")
        }
        holders[job.id] = attempt
        claims[attempt] = scheduler.time
        claimCounts[job.id, default: 0] += 1
        for other in (running[job.id] ?? []).sorted() { overlap(job.id, other) }
    }

    /// A second run of a job while the first goes on unstopped on a worker that is awake: the first
    /// one's worker did not fence itself.
    private func overlap(_ job: Int64, _ other: UUID) {
        guard let run = runs[other], !run.isStopped, !run.isTakenByOwn,
            scheduler.time > clockJumpsUntil
        else {
            return
        }
        guard !run.process.isFrozen, !run.process.isDead else { return }
        report("self-fence: job \(job) was claimed while worker \(run.process.number) ran it on")
    }

    /// An attempt ended: by a settlement, or by rescue (nil).
    func ended(_ attempt: UUID, of job: SimulatedJob, by settlement: Settlement?) {
        if holders[job.id] != attempt {
            report(
                "I3: attempt \(attempt) of job \(job.id) was ended, though not the holder "
                    + (settlement == nil ? "(rescue)" : "(settlement)"))
        }
        holders[job.id] = nil
    }

    /// A worker's own maintenance took back what the worker runs: of a living worker a waste; one
    /// whose lease was over loses its runs to whoever comes first, itself among them.
    func tookOwn(_ attempt: UUID, isAlive: Bool) {
        guard let run = runs[attempt], !run.isStopped else { return }
        runs[attempt]?.isTakenByOwn = true
        guard isAlive else { return }
        ownTaken += 1
        if scheduler.time > clockJumpsUntil {
            report("wasted: worker \(run.process.number) took back \(attempt), which it runs")
        }
    }

    func journalled(_ step: String, of job: Int64) {
        journal["\(job)/\(step)"] = scheduler.time
    }

    // What the workers do.

    func began(_ job: ClaimedJob, on process: Process) {
        runs[job.attemptID] = Run(job: job.id, process: process)
        running[job.id, default: []].insert(job.attemptID)
    }

    func stopped(_ attempt: UUID) {
        runs[attempt]?.isStopped = true
    }

    func returned(_ attempt: UUID) {
        guard let run = runs.removeValue(forKey: attempt) else { return }
        running[run.job]?.remove(attempt)
    }

    func pays(_ step: String, of job: Int64, _ attempt: UUID, _ process: Process) {
        guard !process.isDead, let claimed = claims[attempt] else { return }
        if let kept = journal["\(job)/\(step)"], kept <= claimed {
            report("I9: \(step) of job \(job) was journalled at \(kept) and paid for again")
        }
    }

    func paid(_ step: String, of job: Int64) {
        payments["\(job)/\(step)", default: 0] += 1
    }

    /// An effect of a run that believes its lease healthy: nobody else may hold the job.
    func acts(_ job: ClaimedJob, _ process: Process) {
        guard !process.isDead, scheduler.time > clockJumpsUntil, let holder = holders[job.id],
            holder != job.attemptID, runs[job.attemptID]?.isTakenByOwn != true
        else { return }
        report("self-fence: attempt \(job.attemptID) of job \(job.id) acted, \(holder) held it")
    }

    // The end.

    func close(_ database: SimulatedDatabase) {
        for job in database.rows { close(job) }
    }

    private func close(_ job: SimulatedJob) {
        if !job.isFinal {
            report("stuck: job \(job.id) is \(job.state) after the fleet was healthy again")
        }
        let expected = job.isFinal && !job.ledger.isEmpty ? 1 : 0
        if job.records != expected {
            report("I5: job \(job.id) (\(job.state)) has \(job.records) records, not \(expected)")
        }
        if Set(job.ledger.map(\.id)).count != job.ledger.count {
            report("I3: an attempt of job \(job.id) has two rows in the ledger")
        }
        let open = job.attemptID == nil ? 0 : 1
        if claimCounts[job.id, default: 0] != job.ledger.count + open {
            report(
                "I4: job \(job.id) was claimed \(claimCounts[job.id, default: 0]) times, "
                    + "the ledger has \(job.ledger.count) rows")
        }
        let counted = job.ledger.count { !["snooze", "interrupt", "wait"].contains($0.outcome) }
        if counted > job.maxAttempts || job.attempt > job.maxAttempts {
            report("attempts: job \(job.id) used \(counted) of \(job.maxAttempts)")
        }
    }
}
