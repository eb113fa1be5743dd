import FoundationEssentials
import Jobs
import Journal
import Limits
import Logging
import Postgres

/// Keeps this worker's gate in step with the fleet, and says what happens at it.
struct ProviderWatch: Sendable {
    /// Notified with each change of a limit or cool-down.
    static let channel = "agent_worker_providers"

    let gate: ProviderGate
    /// Rung by a notification: look at once.
    let changed = Doorbell()
    /// Between two looks that nothing rang for.
    private let interval: Duration
    /// The same while nothing runs: no call waits for what it would learn.
    private static let idleInterval = Duration.seconds(60)
    private let running: RunningJobs
    private let settings: WorkerSettings
    private let pool: PostgresPool
    /// Of model names that name none.
    private let defaultProvider: String?
    private let logger: Logger

    init(
        worker: UUID, settings: WorkerSettings, defaultProvider: String?, pool: PostgresPool,
        running: RunningJobs, wakeDispatcher: Doorbell, logger: Logger
    ) {
        self.running = running
        interval = settings.beatInterval
        self.settings = settings
        self.pool = pool
        self.defaultProvider = defaultProvider
        self.logger = logger
        gate = ProviderGate(
            pool: pool, worker: worker,
            policy: CooldownPolicy(
                longestAsked: settings.retryPolicy.longestSnooze, quotaProbe: settings.quotaProbe),
            patience: settings.permitWait
        ) { notice in
            Self.log(notice, logger)
            // What it held may be claimed again.
            if case .opened = notice { wakeDispatcher.ring() }
        }
    }

    /// Runs until cancelled.
    func run() async {
        var isAnnounced = false
        while !Task.isCancelled {
            if !isAnnounced { isAnnounced = await announce() }
            await gate.refresh()
            let isIdle = running.count == 0
            await changed.wait(atMost: isIdle ? max(interval, Self.idleInterval) : interval)
        }
    }

    /// Tells the claim which models it may hold jobs for: none when there are others to fall back
    /// on.
    private func announce() async -> Bool {
        let provider = settings.fallbackModels.isEmpty ? defaultProvider : nil
        do {
            try await pool.withConnection(leaseDeadline: interval) {
                try await ProviderDesk($0).announce(
                    defaultProvider: provider,
                    models: [
                        JobKind.generation.rawValue: settings.generationModel,
                        JobKind.agentkit.rawValue: settings.model,
                        JobKind.orchestrator.rawValue: settings.model,
                    ])
            }
            return true
        } catch {
            logger.warning("default models not announced", metadata: ["error": "\(error)"])
            return false
        }
    }

    private static func log(_ notice: GateNotice, _ logger: Logger) {
        switch notice {
        case .closed(let name, let kind, let reason, let left):
            logger.warning(
                "provider refuses calls: cooling down, the fleet's runs are held",
                metadata: [
                    "model": "\(name)", "cooldown": "\(kind.rawValue)", "reason": "\(reason)",
                    "for_ms": "\(left.inMilliseconds)",
                ])
        case .stopped(let name, let line):
            logger.critical(
                "provider stopped: its account refuses to pay, its runs are held",
                metadata: ["provider": "\(name.provider)", "reason": "\(line)"])
        case .opened(let name):
            logger.notice("provider takes calls again", metadata: ["model": "\(name)"])
        case .learned(let name, let requests, let tokens):
            var metadata: Logger.Metadata = ["model": "\(name)"]
            if let requests { metadata["requests_per_minute"] = "\(Int(requests))" }
            if let tokens { metadata["tokens_per_minute"] = "\(Int(tokens))" }
            logger.info("provider's limit learned from its headers", metadata: metadata)
        case .failed(let what):
            logger.warning("provider gate", metadata: ["error": "\(what)"])
        }
    }
}
