import Jobs
import Logging

/// Keeps the lease: beats on a connection of its own, tells runs that they are cancelled or lost,
/// and stops them all when a heartbeat cannot be confirmed in time (self-fencing).
struct LeaseKeeper: Sendable {
    let identity: WorkerIdentity
    let settings: WorkerSettings
    let connection: any QueueLine
    let state: LeaseState
    let running: RunningJobs
    /// Rung by a cancel notification: look at once.
    let urgent: Doorbell
    let wakeDispatcher: Doorbell
    let logger: Logger
    var timing = Timing.machine
    /// Counts finished rounds, failed ones too: proof that the keeper does not hang.
    let progress = ProgressCounter()

    /// How long one statement may take before its connection is given up.
    private var answerDeadline: Duration { max(.seconds(1), settings.lease / 6) }

    /// Runs until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await beatForEver() }
            group.addTask { await guardForEver() }
        }
    }

    private func beatForEver() async {
        var last: Heartbeat?
        while !Task.isCancelled {
            let wasHealthy = state.isHealthy
            progress.advance()
            do {
                try await beat(
                    on: try await connection.queue(deadline: answerDeadline), after: &last)
                if !wasHealthy { wakeDispatcher.ring() }
                await urgent.wait(atMost: settings.beatInterval)
            } catch {
                guard !Task.isCancelled else { break }
                logger.warning(
                    "heartbeat failed",
                    metadata: ["error": "\(error)", "left_ms": "\(state.remaining.inMilliseconds)"])
                await connection.drop()
                await urgent.wait(atMost: min(settings.beatInterval, .seconds(1)))
            }
        }
        await connection.drop()
    }

    private func beat(on queue: any QueueStore, after last: inout Heartbeat?) async throws {
        let sent = timing.now()
        let beat = try await queue.beat(identity, holding: running.executing)
        state.confirm(sent: sent, written: beat.writtenAt)
        if let last, beat.hasForgotten(last) {
            logger.critical(
                """
                the database has forgotten commits that it had acknowledged: a failover to a \
                standby that they did not wait for, or a crash without flushes
                """,
                metadata: [
                    "acknowledged": "\(last.writtenAt.formatted(.iso8601))",
                    "found": "\(beat.replaced.map { $0.formatted(.iso8601) } ?? "nothing")",
                ])
        }
        last = beat
        for news in beat.news {
            switch news {
            case .cancelRequested(let attempt): running.stop(attempt, .cancelRequested)
            case .lost(let attempt):
                logger.warning("job taken over", metadata: ["attempt_id": "\(attempt)"])
                running.stop(attempt, .leaseLost)
            }
        }
    }

    /// Watches the clock while `beatForEver` may hang in the network. Every unhealthy round stops
    /// what runs: something may have begun since the last one.
    private func guardForEver() async {
        var fenced = false
        while !Task.isCancelled {
            if state.isHealthy {
                fenced = false
            } else {
                let held = running.executing.count
                if held > 0, !fenced {
                    fenced = true
                    logger.error(
                        "lease not confirmed in time, stopping all runs",
                        metadata: ["runs": "\(held)", "lease_s": "\(settings.lease.inSeconds)"])
                }
                running.stopAll(.leaseLost)
            }
            let pause = max(min(state.remaining, .seconds(1)), .milliseconds(20))
            try? await timing.sleep(pause)
        }
    }
}
