import Glibc
import Jobs
import Logging

/// The way down (I10): claim no more, drain up to the limit, then interrupt; a second request
/// interrupts at once.
struct Shutdown: Sendable {
    let stops: AsyncStream<StopRequest>
    let settings: WorkerSettings
    let stopping: StopFlag
    /// Wakes the dispatcher.
    let doorbell: Doorbell
    let lease: LeaseState
    let running: RunningJobs
    let settler: Settler
    let notifier: ServiceNotifier
    let logger: Logger
    var timing = Timing.machine
    /// Ends the process at once, with a failure.
    var die: @Sendable () -> Void = { _exit(1) }

    /// Runs until cancelled, which happens when the last job is settled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await request in stops {
                if !stopping.isSet {
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
        stopping.set()
        doorbell.ring()
        let count = running.count
        logger.notice(
            "stopping: draining",
            metadata: [
                "running": "\(count)",
                "drain_timeout_s": "\(settings.drainTimeout.inSeconds)",
            ])
        notifier.stopping("draining \(count) jobs")
    }

    /// Keeps systemd patient while jobs end by themselves, until the limit. Without a lease nothing
    /// can be settled in time: then waiting for the rest has no use.
    private func drain() async {
        let deadline = timing.now() + settings.drainTimeout
        while timing.now() < deadline {
            if !lease.isHealthy {
                return await interrupt("the lease is lost")
            }
            let left = timing.now().duration(to: deadline)
            notifier.extendTimeout(min(left, .seconds(5)) + Worker.settleGrace * 3)
            let pause = min(left, .seconds(1))
            guard (try? await timing.sleep(pause)) != nil else { return }
        }
        await interrupt("the drain timeout passed")
    }

    /// Waits for the settlements of what was interrupted; without a lease, which only a silent database
    /// takes from a worker, not much longer than a statement takes. False when the last one is done.
    private func graceToSettle() async -> Bool {
        let started = timing.now()
        while started.duration(to: timing.now()) < Worker.settleGrace {
            guard (try? await timing.sleep(.milliseconds(250))) != nil else { return false }
            if !lease.isHealthy, started.duration(to: timing.now()) > .seconds(1) { break }
        }
        return true
    }

    /// Stops what runs, lets it settle for the grace, hurries what fails to, and ends the process
    /// when even that does not end it: rescue does the rest.
    private func interrupt(_ why: String) async {
        let executing = running.executing.count
        logger.notice(
            "interrupting what runs", metadata: ["runs": "\(executing)", "why": "\(why)"])
        notifier.extendTimeout(Worker.settleGrace * 3)
        running.stopAll(.shutdown)
        guard await graceToSettle() else { return }
        settler.hurry()
        guard (try? await timing.sleep(Worker.settleGrace)) != nil else { return }
        for held in running.held {
            logger.critical(
                "job did not end in time, left to rescue", metadata: ["job_id": "\(held.jobID)"])
        }
        die()
    }
}
