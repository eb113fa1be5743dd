import EventLoop
import FoundationEssentials
import Glibc
import HTTP
import Jobs
import Journal
import Limits
import Logging
import Postgres
import RunLog
import Tools

/// The parts of one worker, wired together: the composition root of the daemon.
struct WorkerParts: Sendable {
    let databaseLoop = EventLoop(name: "database")
    let networkLoop = EventLoop(name: "network")
    let stopping = StopFlag()
    /// Wakes the dispatcher.
    let doorbell = Doorbell()
    /// Wakes the lease keeper.
    let urgent = Doorbell()
    /// Tells the dispatcher that jobs were woken.
    let woken = Mark()
    let configuration: PostgresConfiguration
    let pool: PostgresPool
    let settlePool: PostgresPool
    /// One connection that running jobs cannot use up.
    let maintenancePool: PostgresPool
    /// One connection for slices and cool-downs: a permit must not wait behind records.
    let gatePool: PostgresPool
    /// Keeps model calls within their providers' limits.
    let providerWatch: ProviderWatch
    /// To model providers.
    let http: HTTPClient
    /// To plugins: another client, so that no connection or limit is shared with the providers.
    let toolHTTP: HTTPClient
    /// The plugins that are MCP servers; those that are child processes end with it.
    let mcp: MCPServers
    let identity: WorkerIdentity
    let lease: LeaseState
    let running: RunningJobs
    let settler: Settler
    let dispatcher: Dispatcher
    let leaseKeeper: LeaseKeeper
    let maintenance: Maintenance
    let ticker: Ticker
    let notifier: ServiceNotifier
    let watchdog: Watchdog
    let settings: WorkerSettings
    let logger: Logger

    init(
        settings: WorkerSettings, environment: [String: String], version: String, logger: Logger,
        replacement: HandlerReplacement? = nil
    ) throws(SettingsError) {
        self.settings = settings
        self.logger = logger
        configuration = settings.database
        pool = PostgresPool(configuration, loop: databaseLoop, limit: settings.jobConnections)
        settlePool = PostgresPool(
            configuration, loop: databaseLoop, limit: settings.settleConnections)
        maintenancePool = PostgresPool(configuration, loop: databaseLoop, limit: 1)
        gatePool = PostgresPool(configuration, loop: databaseLoop, limit: 1)
        http = HTTPClient(loop: networkLoop)
        toolHTTP = HTTPClient(loop: networkLoop)
        lease = LeaseState(fenceAfter: settings.fenceAfter)
        let catalog = try HandlerCatalog.plugins(settings)
        mcp = MCPServers(
            catalog: catalog, loop: networkLoop, http: toolHTTP,
            credentials: CredentialChain(environment: environment))
        let handlers: [any JobHandler]
        if let replacement {
            handlers = replacement(pool)
        } else {
            handlers = try HandlerCatalog.handlers(
                settings, environment: environment, http: http, toolHTTP: toolHTTP, pool: pool,
                lease: lease, catalog: catalog, mcp: mcp)
        }
        identity = WorkerIdentity(
            host: Self.hostName, pid: getpid(), version: version, queues: settings.queues,
            kinds: handlers.map(\.kind), concurrency: settings.concurrency, lease: settings.lease)
        running = RunningJobs(changed: doorbell, lease: lease)
        settler = Settler(
            pool: settlePool, connections: settings.settleConnections, logger: logger)
        providerWatch = ProviderWatch(
            worker: identity.id, settings: settings,
            defaultProvider: try ProviderCatalog.models(settings, http: http).defaultProviderName,
            pool: gatePool, running: running, wakeDispatcher: doorbell, logger: logger)
        let executor = Executor(
            handlers: Dictionary(uniqueKeysWithValues: handlers.map { ($0.kind, $0) }),
            settings: settings, journal: Self.journals(settings, pool, providerWatch.gate),
            settler: settler, running: running, stopping: stopping, logger: logger)
        dispatcher = Dispatcher(
            identity: identity, settings: settings,
            connection: KeptConnection(configuration, loop: databaseLoop), lease: lease,
            running: running, executor: executor, doorbell: doorbell, woken: woken,
            stopping: stopping, logger: logger)
        leaseKeeper = LeaseKeeper(
            identity: identity, settings: settings,
            connection: KeptConnection(configuration, loop: databaseLoop), state: lease,
            running: running, urgent: urgent,
            wakeDispatcher: doorbell, logger: logger)
        maintenance = Maintenance(
            identity: identity, settings: settings, queues: maintenancePool, lease: lease,
            running: running, wakeDispatcher: doorbell,
            prune: Pruning(pool: maintenancePool, logger: logger).run, logger: logger)
        ticker = Ticker(
            settings: settings, pool: maintenancePool, doorbell: Doorbell(), logger: logger)
        notifier = ServiceNotifier(environment: environment)
        watchdog = Watchdog(
            notifier: notifier, progress: leaseKeeper.progress, loops: [databaseLoop, networkLoop],
            keeper: urgent)
    }

    func shutdown(on stops: AsyncStream<StopRequest>) -> Shutdown {
        Shutdown(
            stops: stops, settings: settings, stopping: stopping, doorbell: doorbell, lease: lease,
            running: running, settler: settler, notifier: notifier, logger: logger)
    }

    /// What makes an attempt's journal; each of its model calls passes the gate first.
    private static func journals(
        _ settings: WorkerSettings, _ pool: PostgresPool, _ gate: any CallGate
    ) -> @Sendable (ClaimedJob) -> any CountedJournal {
        let commits = JournalCommits(pool)
        return { job in
            AttemptJournal(
                pool: pool, commits: commits,
                attempt: AttemptContext(
                    jobID: job.id, attemptID: job.attemptID, executionID: job.executionID,
                    agentID: job.agentID, userID: job.userID),
                retention: settings.journalRetention, gate: gate)
        }
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
        return String(
            decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
