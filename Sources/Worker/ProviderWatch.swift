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

    init(
        worker: UUID, settings: WorkerSettings, pool: PostgresPool, wakeDispatcher: Doorbell,
        logger: Logger
    ) {
        interval = settings.beatInterval
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
        while !Task.isCancelled {
            await gate.refresh()
            await changed.wait(atMost: interval)
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
