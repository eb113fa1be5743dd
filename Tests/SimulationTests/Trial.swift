import FoundationEssentials
import Jobs

@testable import Worker

/// One simulation: a seed decides the fleet, the jobs, every fault and every interleaving.
// Unchecked: like all of a simulation, touched by its one thread only.
final class Trial: @unchecked Sendable {
    static let kind = "agentkit"
    /// How long after the last fault every job has ended.
    static let patience = Duration.seconds(3600)

    let seed: UInt64
    let scheduler: Scheduler
    let database: SimulatedDatabase
    let network: Network
    let auditor: Auditor
    let scripts = Scripts()
    var workers: [SimulatedWorker] = []
    var settings = WorkerSettings()
    /// When faults stop.
    var calm = Duration.zero
    var jobCount = 0
    /// Between two faults that strike a whole process or the database.
    var faultPause = Duration.zero
    /// Of the database's clock.
    var clockShift = Duration.zero
    private var lastProcess = 0
    private let isShown: Bool

    init(seed: UInt64, mutation: Mutation? = nil, faults: Bool = true, isShown: Bool = false) {
        self.seed = seed
        self.isShown = isShown
        let scheduler = Scheduler(seed: seed)
        self.scheduler = scheduler
        auditor = Auditor(scheduler)
        database = SimulatedDatabase(now: { 0 }, mint: { _ in scheduler.chance.uuid() })
        database.mutation = mutation
        database.auditor = auditor
        network = Network(database, scheduler)
        database.now = { [unowned self] in
            1_700_000_000_000_000 + (scheduler.time + clockShift).micros
        }
        database.notify = { [unowned self] channel, payload in tell(channel, payload) }
        plan(faults)
    }

    func run() -> TrialReport {
        for _ in 0..<scheduler.chance.int(1, 4) { begin() }
        enqueueAll()
        if faultPause > .zero { planFault() }
        scheduler.after(calm) { self.heal() }
        scheduler.run(until: calm + Self.patience) { [self] in
            scheduler.time > calm && database.rows.count == jobCount
                && database.ended == jobCount
        }
        auditor.close(database)
        for worker in workers where isUp(worker) { stop(worker, .drain) }
        scheduler.run(until: scheduler.time + .seconds(200)) { [self] in
            !workers.contains(where: isUp)
        }
        for worker in workers where isUp(worker) {
            auditor.report("shutdown: worker \(worker.process.number) did not end")
            worker.process.kill()
        }
        scheduler.run(until: scheduler.time + .seconds(1)) { false }
        if scheduler.runsInCircles { auditor.report("stuck: tasks run in circles") }
        return TrialReport(
            seed: seed, jobs: jobCount,
            attempts: database.rows.reduce(0) { $0 + $1.ledger.count },
            faults: network.struck, violations: auditor.violations, ownTaken: auditor.ownTaken,
            hops: scheduler.hops,
            trace: scheduler.trace, time: scheduler.time)
    }

    func isUp(_ worker: SimulatedWorker) -> Bool {
        !worker.hasEnded && !worker.process.isDead
    }

    /// Begins a new worker, with an identity of its own.
    func begin() {
        lastProcess += 1
        let worker = SimulatedWorker(
            Process(number: lastProcess, on: scheduler), network, auditor, scripts,
            settings: settings, id: scheduler.chance.uuid(), isShown: isShown)
        workers.append(worker)
        worker.start { [unowned self] in
            if scheduler.time < calm { scheduler.after(.seconds(1)) { self.begin() } }
        }
    }

    /// Tells a worker to stop; in time it has.
    func stop(_ worker: SimulatedWorker, _ request: StopRequest) {
        worker.stop(request)
        let limit = settings.drainTimeout + Worker.settleGrace * 2 + .seconds(5)
        scheduler.after(limit) { [unowned self] in
            guard isUp(worker), !worker.frozeWhileStopping else { return }
            auditor.report(
                "I10: worker \(worker.process.number) did not end \(limit) after its stop")
        }
    }

    /// Notifications reach who listens, as a rule.
    private func tell(_ channel: String, _ payload: String) {
        for worker in workers where isUp(worker) {
            guard network.reaches(worker.process), !scheduler.chance.happens(lossOfNotices) else {
                continue
            }
            scheduler.after(.microseconds(scheduler.chance.int(100, 5000))) {
                worker.hear(channel, payload)
            }
        }
    }

    private var lossOfNotices: Double { scheduler.time < calm && faultPause > .zero ? 0.1 : 0 }
}
