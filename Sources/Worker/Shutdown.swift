import Glibc
import Jobs
import Logging

/// The way down (I10): claim no more, drain up to the limit, then interrupt; a second request
/// interrupts at once.
struct Shutdown: Sendable {
    let parts: WorkerParts
    let stops: AsyncStream<StopRequest>

    /// Runs until cancelled, which happens when the last job is settled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await request in stops {
                if !parts.stopping.isSet {
                    await begin()
                    group.addTask { await drain() }
                }
                if request == .interrupt {
                    await interrupt("a second stop was asked for")
                }
            }
            group.cancelAll()
        }
    }

    private func begin() async {
        parts.stopping.set()
        parts.doorbell.ring()
        let running = await parts.running.count
        parts.logger.notice(
            "stopping: draining",
            metadata: [
                "running": "\(running)",
                "drain_timeout_s": "\(parts.settings.drainTimeout.inSeconds)",
            ])
        parts.notifier.stopping("draining \(running) jobs")
    }

    /// Keeps systemd patient while jobs end by themselves, until the limit. Without a lease nothing
    /// can be settled in time: then waiting for the rest has no use.
    private func drain() async {
        let deadline = ContinuousClock.now + parts.settings.drainTimeout
        while ContinuousClock.now < deadline {
            if !parts.lease.isHealthy {
                return await interrupt("the lease is lost")
            }
            let left = ContinuousClock.now.duration(to: deadline)
            parts.notifier.extendTimeout(min(left, .seconds(5)) + Worker.settleGrace * 3)
            let pause = min(left, .seconds(1))
            guard (try? await Task.sleep(for: pause)) != nil else { return }
        }
        await interrupt("the drain timeout passed")
    }

    /// Waits for the settlements of what was interrupted; without a lease, which only a silent database
    /// takes from a worker, not much longer than a statement takes. False when the last one is done.
    private func graceToSettle() async -> Bool {
        let started = ContinuousClock.now
        while started.duration(to: .now) < Worker.settleGrace {
            guard (try? await Task.sleep(for: .milliseconds(250))) != nil else { return false }
            if !parts.lease.isHealthy, started.duration(to: .now) > .seconds(1) { break }
        }
        return true
    }

    /// Stops what runs, lets it settle for the grace, hurries what fails to, and ends the process
    /// when even that does not end it: rescue does the rest.
    private func interrupt(_ why: String) async {
        let executing = await parts.running.executing.count
        parts.logger.notice(
            "interrupting what runs", metadata: ["runs": "\(executing)", "why": "\(why)"])
        parts.notifier.extendTimeout(Worker.settleGrace * 3)
        await parts.running.stopAll(.shutdown)
        guard await graceToSettle() else { return }
        await parts.settler.hurry()
        guard (try? await Task.sleep(for: Worker.settleGrace)) != nil else { return }
        for held in await parts.running.held {
            parts.logger.critical(
                "job did not end in time, left to rescue", metadata: ["job_id": "\(held.jobID)"])
        }
        _exit(1)
    }
}
