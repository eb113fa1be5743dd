import FoundationEssentials
import Jobs
import Logging

@testable import Worker

/// A worker of the simulation: the real parts that decide, wired as `WorkerParts` and `Worker` wire
/// them, on simulated time, a simulated database and scripted handlers.
// Unchecked: like all of a simulation, touched by its one thread only.
final class SimulatedWorker: @unchecked Sendable {
    let process: Process
    let identity: WorkerIdentity
    private(set) var hasEnded = false
    /// Whether it was frozen after it was told to stop: then its time to end does not count.
    var frozeWhileStopping = false
    /// Whether it was told to stop.
    private(set) var isStopping = false

    private let link: Link
    private let settings: WorkerSettings
    private let stopping = StopFlag()
    private let doorbell: Doorbell
    private let urgent: Doorbell
    private let woken = Mark()
    private let lease: LeaseState
    private let dispatcher: Dispatcher
    private let keeper: LeaseKeeper
    private let maintenance: Maintenance
    private let shutdown: Shutdown
    private let stops: AsyncStream<StopRequest>.Continuation

    init(
        _ process: Process, _ network: Network, _ auditor: Auditor, _ scripts: Scripts,
        settings: WorkerSettings, id: UUID, isShown: Bool
    ) {
        self.process = process
        self.settings = settings
        let timing = process.timing
        let link = Link(of: process, network)
        self.link = link
        identity = WorkerIdentity(
            id: id, host: "simulated", pid: Int32(process.number), version: "simulated",
            queues: settings.queues, kinds: [Trial.kind], concurrency: settings.concurrency,
            lease: settings.lease)
        let stopping = stopping
        let logger = Logger(label: "simulated") { _ in
            AuditedLog(
                process: process, auditor: auditor, mayGiveUp: { stopping.isSet },
                isShown: isShown)
        }
        doorbell = Doorbell(timing: timing)
        urgent = Doorbell(timing: timing)
        let fence =
            network.database.mutation == .noSelfFence ? .seconds(1_000_000) : settings.fenceAfter
        lease = LeaseState(fenceAfter: fence, timing: timing)
        let pool = SimulatedPool(link: link)
        let running = RunningJobs(changed: doorbell, lease: lease, executor: process)
        let settler = Settler(
            pool: pool, connections: settings.settleConnections, logger: logger, timing: timing)
        let handler = ScriptedHandler(
            kind: Trial.kind, process: process, lease: lease, scripts: scripts, auditor: auditor)
        let executor = Executor(
            handlers: [handler.kind: handler], settings: settings,
            journal: { ScriptedJournal(link, of: $0, auditor) }, settler: settler,
            running: running, stopping: stopping, logger: logger, timing: timing)
        dispatcher = Dispatcher(
            identity: identity, settings: settings, connection: SimulatedLine(link), lease: lease,
            running: running, executor: executor, doorbell: doorbell, woken: woken,
            stopping: stopping, logger: logger, timing: timing)
        keeper = LeaseKeeper(
            identity: identity, settings: settings, connection: SimulatedLine(link), state: lease,
            running: running, urgent: urgent, wakeDispatcher: doorbell, logger: logger,
            timing: timing)
        maintenance = Maintenance(
            identity: identity, settings: settings, queues: pool, lease: lease, running: running,
            wakeDispatcher: doorbell, prune: { _ in }, logger: logger, timing: timing)
        let (requests, stops) = AsyncStream.makeStream(of: StopRequest.self)
        self.stops = stops
        var down = settings
        if network.database.mutation == .drainWithoutEnd { down.drainTimeout = .seconds(100_000) }
        shutdown = Shutdown(
            stops: requests, settings: down, stopping: stopping, doorbell: doorbell, lease: lease,
            running: running, settler: settler, notifier: ServiceNotifier(environment: [:]),
            logger: logger, timing: timing, die: { process.kill() })
    }

    func start(_ ended: @escaping () -> Void) {
        nonisolated(unsafe) let ended = ended
        process.start { [self] in
            await run()
            hasEnded = true
            ended()
        }
    }

    func stop(_ request: StopRequest) {
        isStopping = true
        stops.yield(request)
    }

    /// What the listener of a worker does with a notification.
    func hear(_ channel: String, _ payload: String) {
        guard !process.isDead, !hasEnded else { return }
        switch channel {
        case "agent_worker_cancel":
            if UUID(uuidString: payload) == identity.id { urgent.ring() }
        default:
            if payload == "woken" { woken.set() }
            doorbell.ring()
        }
    }

    /// As `Worker.run`.
    private func run() async {
        await withDiscardingTaskGroup { services in
            services.addTask { await self.shutdown.run() }
            services.addTask { await self.keeper.run() }
            services.addTask { await self.maintenance.run() }
            while !lease.isHealthy, !stopping.isSet {
                await doorbell.wait(atMost: .milliseconds(200))
                if Task.isCancelled { break }
            }
            await dispatcher.run()
            services.cancelAll()
        }
        guard lease.isHealthy else { return }
        try? await SimulatedPool(link: link).withQueue(deadline: .seconds(2)) {
            try await $0.leave(worker: identity.id)
        }
    }
}
