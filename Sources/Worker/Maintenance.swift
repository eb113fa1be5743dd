import Jobs
import Logging
import Postgres
import RunLog

/// What some worker of the fleet must do now and then: rescue, wake jobs whose wait or hold is over,
/// forget silent workers, old journals and old memories, name jobs that nobody handles. Every worker
/// does it; each statement is safe to run at the same time elsewhere.
struct Maintenance: Sendable {
    /// Jobs rescued, resumed and woken by one call.
    static let batch = 100
    static let pruneLimit = 1000
    static let pruneMemoriesLimit = 500
    /// Past it the answer is lost, and the next round asks anew.
    static let answerDeadline = Duration.seconds(40)

    let identity: WorkerIdentity
    let settings: WorkerSettings
    let pool: PostgresPool
    let lease: LeaseState
    let running: RunningJobs
    let wakeDispatcher: Doorbell
    let logger: Logger

    /// Runs until cancelled.
    func run() async {
        // A worker that is not announced yet would miss itself among the living.
        while !lease.isHealthy {
            guard (try? await Task.sleep(for: .milliseconds(50))) != nil else { return }
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
                if round % 30 == 0 { try await pruneJournals() }
                if round % 30 == 9 { try await pruneBudgets() }
                if round % 60 == 0 { try await pruneMemories() }
                if round % 30 == 18 { try await prune() }
                if round % 500 == 0 {
                    try await pool.withConnection {
                        let queue = JobQueue($0, deadline: Self.answerDeadline)
                        try await queue.pruneWorkers()
                        try await queue.pruneConcurrency()
                    }
                }
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning("maintenance failed, trying again", metadata: ["error": "\(error)"])
                pause = settings.lease / 6
            }
            round += 1
            try? await Task.sleep(for: pause * Double.random(in: 0.75..<1.25))
        }
    }

    /// Rescues and wakes until there is no more of it; answers whether limits or pauses exist.
    private func maintain(_ holdKey: inout String) async throws -> Bool {
        while true {
            let after = holdKey
            let done = try await pool.withConnection {
                // Read last of all: what is claimed while a connection is waited for is held too.
                let held = await running.held.map(\.attemptID)
                return try await JobQueue($0, deadline: Self.answerDeadline).maintain(
                    rescuer: identity.id, held: held, limit: Self.batch, after: after)
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

    private func pruneJournals() async throws {
        var pruned = 0
        repeat {
            pruned = try await pool.withConnection {
                try await JobQueue($0, deadline: Self.answerDeadline)
                    .pruneJournals(limit: Self.pruneLimit)
            }
        } while pruned == Self.pruneLimit && !Task.isCancelled
    }

    private func pruneMemories() async throws {
        var pruned = 0
        repeat {
            pruned = try await pool.withConnection {
                try await RunMemories($0, deadline: Self.answerDeadline)
                    .prune(limit: Self.pruneMemoriesLimit)
            }
        } while pruned == Self.pruneMemoriesLimit && !Task.isCancelled
    }

    /// Says once per kind that its due jobs find no worker; again after it was handled in between.
    private func nameUnhandled(_ named: inout Set<String>) async throws {
        let unhandled = try await pool.withConnection {
            try await JobQueue($0, deadline: Self.answerDeadline)
                .unhandledKinds(queues: settings.queues)
        }
        for (kind, jobs) in unhandled where !named.contains(kind) {
            logger.warning(
                "nobody handles these due jobs: no live worker knows their kind",
                metadata: ["kind": "\(kind)", "jobs": "\(jobs)"])
        }
        named = Set(unhandled.map(\.kind))
    }
}
