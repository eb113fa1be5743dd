import Jobs
import Logging

/// What some worker of the fleet must do now and then: rescue, wake jobs whose wait or hold is over,
/// name jobs that nobody handles, prune. Every worker does it; each statement is safe to run at the
/// same time elsewhere.
struct Maintenance: Sendable {
    /// Jobs rescued, resumed and woken by one call.
    static let batch = 100
    /// Past it the answer is lost, and the next round asks anew.
    static let answerDeadline = Duration.seconds(40)

    let identity: WorkerIdentity
    let settings: WorkerSettings
    let queues: any QueuePool
    let lease: LeaseState
    let running: RunningJobs
    let wakeDispatcher: Doorbell
    /// Removes what is old, in the rounds that are due for it.
    let prune: @Sendable (_ round: Int) async throws -> Void
    let logger: Logger
    var timing = Timing.machine

    /// Runs until cancelled.
    func run() async {
        // A worker that is not announced yet would miss itself among the living.
        while !lease.isHealthy {
            guard (try? await timing.sleep(.milliseconds(50))) != nil else { return }
        }
        var round = 0
        var named: Set<String> = []
        var holdKey = ""
        while !Task.isCancelled {
            var pause = settings.lease / 3
            do {
                // What limits hold may wait for a wake that was lost: look twice as often.
                if try await maintain(&holdKey) { pause = settings.lease / 6 }
                if round % 6 == 0 { try await nameUnhandled(&named) }
                try await prune(round)
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning("maintenance failed, trying again", metadata: ["error": "\(error)"])
                pause = settings.lease / 6
            }
            round += 1
            try? await timing.sleep(pause * timing.random(in: 0.75..<1.25))
        }
    }

    /// Rescues and wakes until there is no more of it; answers whether limits or pauses exist.
    private func maintain(_ holdKey: inout String) async throws -> Bool {
        while true {
            let after = holdKey
            let done = try await queues.withQueue(deadline: Self.answerDeadline) {
                // Read last of all: what is claimed while a connection is waited for is held too.
                let heldAt = lease.databaseTime
                let held = running.held.map(\.attemptID)
                return try await $0.maintain(
                    rescuer: identity.id, held: held, heldAt: heldAt, limit: Self.batch,
                    after: after)
            }
            tell(done)
            holdKey = done.lookedTo ?? ""
            if !done.rescued.isEmpty || done.resumed + done.woken > 0 { wakeDispatcher.ring() }
            let isMore =
                done.rescued.count(where: { $0.state != "stuck" }) == Self.batch
                || done.resumed == Self.batch || done.woken == Self.batch
            guard isMore, !Task.isCancelled else { return done.isBraked }
        }
    }

    private func tell(_ done: MaintenanceRound) {
        for job in done.rescued where job.state == "stuck" {
            logger.critical(
                "job of a dead worker cannot be taken back: its records cannot be written",
                metadata: ["job_id": "\(job.jobID)", "error": "\(job.error ?? "")"])
        }
        for job in done.rescued where job.state != "stuck" {
            logger.warning(
                "job rescued",
                metadata: [
                    "job_id": "\(job.jobID)", "attempt_id": "\(job.attemptID)",
                    "worker_id": "\(job.workerID)", "state": "\(job.state)",
                ])
        }
        if done.resumed > 0 {
            logger.info("jobs woken: their wait is over", metadata: ["jobs": "\(done.resumed)"])
        }
        if done.woken > 0 {
            logger.info("jobs woken: nothing holds them", metadata: ["jobs": "\(done.woken)"])
        }
        if let failure = done.failure {
            logger.warning("part of maintenance failed", metadata: ["error": "\(failure)"])
        }
    }

    /// Says once per kind that its due jobs find no worker; again after it was handled in between.
    private func nameUnhandled(_ named: inout Set<String>) async throws {
        let unhandled = try await queues.withQueue(deadline: Self.answerDeadline) {
            try await $0.unhandledKinds(queues: settings.queues)
        }
        for (kind, jobs) in unhandled where !named.contains(kind) {
            logger.warning(
                "nobody handles these due jobs: no live worker knows their kind",
                metadata: ["kind": "\(kind)", "jobs": "\(jobs)"])
        }
        named = Set(unhandled.map(\.kind))
    }
}
