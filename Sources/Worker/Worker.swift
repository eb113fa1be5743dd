import EventLoop
import FoundationEssentials
import HTTP
import Jobs
import Logging
import Migrations
import Postgres

/// The daemon: claims jobs, runs them, settles them, until it is told to stop.
public struct Worker: Sendable {
    /// How long a worker that was told to stop may take to settle what it interrupted.
    static let settleGrace = Duration.seconds(10)

    let settings: WorkerSettings
    let environment: [String: String]
    let version: String
    let logger: Logger
    /// What it runs instead of the catalogue's kinds.
    let replacement: HandlerReplacement?

    public init(
        settings: WorkerSettings, environment: [String: String], version: String, logger: Logger
    ) {
        self.settings = settings
        self.environment = environment
        self.version = version
        self.logger = logger
        replacement = nil
    }

    /// A worker that runs kinds of job of somebody else's on the same straight path: `agent-bench`
    /// measures it with jobs that do nothing.
    package init(
        settings: WorkerSettings, environment: [String: String], version: String, logger: Logger,
        handlers: @escaping HandlerReplacement
    ) {
        self.settings = settings
        self.environment = environment
        self.version = version
        self.logger = logger
        replacement = handlers
    }

    /// Runs until `stops` asks for an end and the drain is over, or, with `untilIdle`, until
    /// nothing is due or running.
    ///
    /// A database that is down is waited for, at the start and later. Throws `SettingsError` or
    /// `WorkerError` when it cannot start at all.
    public func run(stops: AsyncStream<StopRequest>) async throws {
        let parts = try WorkerParts(
            settings: settings, environment: environment, version: version, logger: logger,
            replacement: replacement)
        let shutdown = parts.shutdown(on: stops)
        try await withThrowingTaskGroup(of: Void.self) { services in
            services.addTask { await shutdown.run() }
            do {
                try await waitForDatabase(parts)
            } catch {
                services.cancelAll()
                throw error
            }
            services.addTask { await parts.leaseKeeper.run() }
            services.addTask { await parts.maintenance.run() }
            services.addTask { await parts.providerWatch.run() }
            services.addTask { await parts.ticker.run() }
            services.addTask { await parts.watchdog.run() }
            services.addTask { await listen(parts) }
            services.addTask { await reportStatus(parts) }
            await becomeReady(parts)
            await parts.dispatcher.run()
            services.cancelAll()
        }
        await leave(parts)
    }

    /// Tries again until the database answers or a stop is asked for; says so each time.
    private func waitForDatabase(_ parts: WorkerParts) async throws {
        var pause = Duration.milliseconds(500)
        while !parts.stopping.isSet {
            do {
                let connection = try await PostgresConnection.connect(
                    parts.configuration, on: parts.databaseLoop, deadline: .seconds(3))
                let status = try await Migrator(connection).status()
                await connection.close()
                return try check(status)
            } catch let error as PostgresError {
                logger.warning(
                    "database is not reachable, trying again",
                    metadata: [
                        "database": "\(parts.configuration.redactedDescription)",
                        "error": "\(error)", "again_in": "\(pause)",
                    ])
                parts.notifier.status("waiting for the database")
            }
            await parts.doorbell.wait(atMost: pause * Double.random(in: 0.75..<1.25))
            pause = min(pause * 2, .seconds(10))
        }
    }

    private func check(_ status: [Migrator.Status]) throws(WorkerError) {
        let pending = status.filter { $0.state == .pending }.map(\.name)
        if !pending.isEmpty { throw .notMigrated(pending) }
        for migration in status where migration.state == .newer || migration.state == .edited {
            logger.warning(
                "migration differs from this version's",
                metadata: [
                    "migration": "\(migration.name)", "state": "\(migration.state.rawValue)",
                ])
        }
    }

    private func becomeReady(_ parts: WorkerParts) async {
        while !parts.lease.isHealthy, !parts.stopping.isSet {
            await parts.doorbell.wait(atMost: .milliseconds(200))
        }
        guard !parts.stopping.isSet else { return }
        logger.notice(
            "worker ready",
            metadata: [
                "worker_id": "\(parts.identity.id.uuidString.lowercased())",
                "version": "\(version)",
                "queues": "\(settings.queues.joined(separator: ","))",
                "kinds": "\(parts.identity.kinds.joined(separator: ","))",
                "concurrency": "\(settings.concurrency)",
                "database": "\(parts.configuration.redactedDescription)",
            ])
        parts.notifier.ready("ready")
    }

    private func listen(_ parts: WorkerParts) async {
        guard let listening = settings.listening else { return }
        let listener = PostgresListener(
            listening, loop: parts.databaseLoop,
            channels: [
                "agent_worker_jobs", "agent_worker_cancel", "agent_worker_schedules",
                ProviderWatch.channel,
            ])
        for await event in listener.events() {
            switch event {
            case .connected:
                parts.doorbell.ring()
                parts.ticker.doorbell.ring()
                parts.providerWatch.changed.ring()
            case .notification("agent_worker_schedules", _): parts.ticker.doorbell.ring()
            case .notification(ProviderWatch.channel, _): parts.providerWatch.changed.ring()
            case .notification("agent_worker_cancel", let worker):
                if UUID(uuidString: worker) == parts.identity.id { parts.urgent.ring() }
            case .notification(_, let what):
                if what == "woken" { parts.woken.set() }
                parts.doorbell.ring()
            case .disconnected(let error):
                logger.warning(
                    "listener lost its connection, polling meanwhile",
                    metadata: ["error": "\(error)"])
            }
        }
    }

    private func reportStatus(_ parts: WorkerParts) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(10))
            let running = parts.running.count
            if !parts.stopping.isSet { parts.notifier.status("\(running) jobs running") }
        }
    }

    private func leave(_ parts: WorkerParts) async {
        if parts.lease.isHealthy {
            try? await parts.pool.withConnection {
                try await JobQueue($0, deadline: .seconds(2)).leave(worker: parts.identity.id)
            }
        }
        await parts.pool.close()
        await parts.settlePool.close()
        await parts.maintenancePool.close()
        await parts.gatePool.close()
        await parts.mcp.shutdown()
        await parts.http.shutdown()
        await parts.toolHTTP.shutdown()
        logger.notice("worker stopped")
    }
}
