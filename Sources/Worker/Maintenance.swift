import Jobs
import Logging
import Postgres
import RunLog

/// What some worker of the fleet must do now and then: rescue, wake jobs whose wait is over, forget
/// silent workers, old journals and old memories, name jobs that nobody handles. Every worker does it; each statement is safe to run at the same time
/// elsewhere.
struct Maintenance: Sendable {
    static let rescueLimit = 100
    static let wakeLimit = 100
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
        while !Task.isCancelled {
            do {
                try await rescue()
                try await wakeWaiting()
                try await wakeHeld()
                if round % 4 == 0 { try await nameUnhandled(&named) }
                if round % 12 == 0 { try await pruneJournals() }
                try await keepBudgets(isPruning: round % 12 == 0)
                if round % 60 == 0 { try await pruneMemories() }
                if round % 12 == 6 { try await prune() }
                if round % 1000 == 0 {
                    try await pool.withConnection {
                        try await JobQueue($0, deadline: Self.answerDeadline).pruneWorkers()
                    }
                }
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning("maintenance failed, trying again", metadata: ["error": "\(error)"])
            }
            round += 1
            try? await Task.sleep(for: settings.lease / 6 * Double.random(in: 0.75..<1.25))
        }
    }

    private func rescue() async throws {
        var rescued: [RescuedJob] = []
        repeat {
            rescued = try await pool.withConnection {
                // Read last of all: what is claimed while a connection is waited for is held too.
                let held = await running.held.map(\.attemptID)
                return try await JobQueue($0, deadline: Self.answerDeadline).rescue(
                    limit: Self.rescueLimit, rescuer: identity.id, held: held)
            }
            for job in rescued where job.state == "stuck" {
                logger.critical(
                    "job of a dead worker cannot be taken back: its records cannot be written",
                    metadata: ["job_id": "\(job.jobID)", "error": "\(job.error ?? "")"])
            }
            for job in rescued where job.state != "stuck" {
                logger.warning(
                    "job rescued",
                    metadata: [
                        "job_id": "\(job.jobID)", "attempt_id": "\(job.attemptID)",
                        "worker_id": "\(job.workerID)", "state": "\(job.state)",
                    ])
            }
            if !rescued.isEmpty { wakeDispatcher.ring() }
        } while rescued.count(where: { $0.state != "stuck" }) == Self.rescueLimit
            && !Task.isCancelled
    }

    private func wakeWaiting() async throws {
        var woken = 0
        repeat {
            woken = try await pool.withConnection {
                try await JobQueue($0, deadline: Self.answerDeadline)
                    .wakeWaiting(limit: Self.wakeLimit)
            }
            guard woken > 0 else { return }
            logger.info("jobs woken: their wait is over", metadata: ["jobs": "\(woken)"])
            wakeDispatcher.ring()
        } while woken == Self.wakeLimit && !Task.isCancelled
    }

    private func wakeHeld() async throws {
        var woken = 0
        repeat {
            woken = try await pool.withConnection {
                try await JobQueue($0, deadline: Self.answerDeadline)
                    .wakeHeld(limit: Self.wakeLimit)
            }
            if woken > 0 { wakeDispatcher.ring() }
        } while woken == Self.wakeLimit && !Task.isCancelled
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
