import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import TestSupport
import Testing

@Suite("rescue", .serialized, .timeLimit(.minutes(2)))
struct RescueTests {
    static let database = SuiteDatabase(migrated: true)

    private func rescue(
        _ fixture: QueueFixture, limit: Int = 100, held: [UUID] = []
    ) async throws -> [RescuedJob] {
        try await fixture.queue.rescue(limit: limit, rescuer: fixture.worker.id, held: held)
    }

    @Test("a dead worker's job is available at once, its attempt in the ledger as a crash")
    func deadWorker() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            for kind in JobKind.allCases {
                let dead = try await fixture.otherWorker()
                let job = try await fixture.claimed(kind, by: dead)
                #expect(try await rescue(fixture).isEmpty)
                try await fixture.spend(job, input: 30, output: 3)
                try await fixture.spend(job, status: "pending")
                try await fixture.kill(dead)
                let rescued = try await rescue(fixture)
                #expect(rescued.map(\.jobID) == [job.id])
                #expect(rescued.map(\.attemptID) == [job.attemptID])
                #expect(rescued.map(\.workerID) == [dead.id])
                #expect(rescued.map(\.state) == ["available"])
                expect(
                    try await fixture.ledger(job.id)[0],
                    has: [
                        "outcome": "retry", "failure_class": "crash", "total_tokens": 33,
                        "error": "the worker stopped beating during attempt 1 of 3",
                    ])
                #expect(try await rescue(fixture).isEmpty)
                let again = try await fixture.claim()
                #expect(again.id == job.id && again.attempt == 2)
                #expect(try await fixture.settle(again, .completed) == .done)
            }
            #expect(try await fixture.count("token_usage WHERE status = 'unknown'") == 3)
            #expect(try await fixture.count("agent_executions WHERE retry_count = 1") == 2)
        }
    }

    @Test("a worker whose row is gone counts as dead")
    func goneWorker() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let gone = try await fixture.otherWorker()
            let job = try await fixture.claimed(.agentkit, by: gone)
            try await fixture.connection.query(
                "DELETE FROM workers WHERE id = $1", [.uuid(gone.id)])
            #expect(try await rescue(fixture).map(\.jobID) == [job.id])
        }
    }

    @Test("a live worker's job is left alone however long it runs, whoever rescues")
    func longJob() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let other = try await fixture.otherWorker()
            let theirs = try await fixture.claimed(.agentkit, by: other)
            let ours = try await fixture.claimed(.agentkit)
            try await fixture.connection.query(
                "UPDATE jobs SET claimed_at = claimed_at - interval '1 day'")
            #expect(try await rescue(fixture, held: [ours.attemptID]).isEmpty)
            let anyone = try await fixture.connection.query("SELECT * FROM rescue_jobs()")
            #expect(anyone.isEmpty)
            for job in [ours, theirs] {
                #expect(try await fixture.settle(job, .completed) == .done)
            }
        }
    }

    @Test("a lease ends when its worker said, not when the rescuer thinks")
    func leaseLength() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let patient = try await fixture.otherWorker(lease: .seconds(7200))
            let job = try await fixture.claimed(.agentkit, by: patient)
            try await fixture.kill(patient)
            #expect(try await rescue(fixture).isEmpty)
            try await fixture.kill(patient)
            #expect(try await rescue(fixture).map(\.jobID) == [job.id])
        }
    }

    @Test("a list of held attempts that comes late takes nothing claimed after it was made")
    func lateList() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claimed(.agentkit)
            try await fixture.connection.query(
                "UPDATE jobs SET claimed_at = claimed_at - interval '60 s'")
            func rescued(listMade seconds: Double) async throws -> [Int64] {
                try await fixture.queue.maintain(
                    rescuer: fixture.worker.id, held: [],
                    heldAt: Date(timeIntervalSinceNow: -seconds), limit: 10
                ).rescued.map(\.jobID)
            }
            #expect(try await rescued(listMade: 50) == [])
            #expect(try await rescued(listMade: 10) == [job.id])
        }
    }

    @Test("a job the rescuer holds without knowing is an orphan once a lease has passed")
    func orphan() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let known = try await fixture.claimed(.agentkit)
            let orphan = try await fixture.claimed(.agentkit)
            // The claim's answer may still be on its way.
            #expect(try await rescue(fixture, held: [known.attemptID]).isEmpty)
            try await fixture.connection.query(
                "UPDATE jobs SET claimed_at = claimed_at - interval '31 s'")
            let rescued = try await rescue(fixture, held: [known.attemptID])
            #expect(rescued.map(\.attemptID) == [orphan.attemptID])
            let attempt = try #require(try await fixture.ledger(orphan.id).first)
            #expect(
                attempt["error"] == "the answer of the claim was lost during attempt 1 of 3")
            #expect(try await fixture.settle(known, .completed) == .done)
            #expect(try await fixture.settle(orphan, .completed) == .lost)
        }
    }

    @Test("out of attempts, a rescued job fails with all its records")
    func outOfAttempts() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            for kind in JobKind.allCases {
                let dead = try await fixture.otherWorker()
                var job = try await fixture.claimed(kind, maxAttempts: 2, by: dead)
                try await fixture.spend(job, input: 100, output: 10)
                if kind == .generation {
                    _ = try await fixture.settle(
                        job, .retry(after: .zero),
                        generation: ["agent": ["name": "kept"], "retry_count": 3])
                } else {
                    _ = try await fixture.settle(job, .retry(after: .zero))
                }
                job = try await fixture.claim(as: dead)
                try await fixture.spend(job, input: 50, output: 5)
                try await fixture.spend(job, status: "pending")
                try await fixture.kill(dead)
                #expect(try await rescue(fixture).map(\.state) == ["failed"])
                let error: JSONValue = "the worker stopped beating during attempt 2 of 2"
                expect(
                    try await fixture.job(job.id), has: ["state": "failed", "last_error": error])
                #expect(
                    try await fixture.count(
                        "token_usage WHERE status = 'unknown' AND job_id = \(job.id)") == 1)
                if kind == .generation {
                    expect(
                        try await fixture.generationLog(job),
                        has: [
                            "success": false, "error_message": error, "total_tokens": 165,
                            "generated_agent_schema": ["name": "kept"], "retry_count": 3,
                        ])
                } else {
                    let execution = try await fixture.row(
                        "SELECT * FROM agent_executions WHERE id = $1", [.uuid(job.executionID)])
                    expect(
                        execution,
                        has: ["status": "failed", "error_message": error, "retry_count": 1])
                    let logs = execution["logs"]
                    #expect(logs?["tokens"]?["total"] == 165)
                    // What the ledger knows of the model, not the default.
                    #expect(kind == .orchestrator || logs?["model"] == "gpt-4.1")
                }
            }
            #expect(try await fixture.row("SELECT run_count FROM agent_stats")["run_count"] == 2)
        }
    }

    @Test("a job whose cancel was requested is cancelled by the rescue")
    func cancelRequested() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let dead = try await fixture.otherWorker()
            for kind in JobKind.allCases {
                let job = try await fixture.claimed(kind, by: dead)
                _ = try await fixture.queue.cancel(job.id)
            }
            try await fixture.kill(dead)
            #expect(
                try await rescue(fixture).map(\.state) == Array(repeating: "cancelled", count: 3))
            #expect(
                try await fixture.count("agent_executions WHERE error_message = 'cancelled'") == 2)
            #expect(
                try await fixture.count("agent_generation_logs WHERE error_message = 'cancelled'")
                    == 1)
        }
    }

    @Test("a rescue is bounded, and two at once take each job once")
    func twoRescuers() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let dead = try await fixture.otherWorker()
            for _ in 0..<60 { _ = try await fixture.claimed(.agentkit, maxAttempts: 1, by: dead) }
            try await fixture.kill(dead)
            let rescued = try await withThrowingTaskGroup(of: [Int64].self) { group in
                for _ in 0..<3 {
                    let connection = try await fixture.database.connect()
                    group.addTask {
                        var taken: [Int64] = []
                        while true {
                            let jobs = try await JobQueue(connection).rescue(
                                limit: 7, rescuer: UUID(), held: [])
                            #expect(jobs.count <= 7)
                            if jobs.isEmpty { break }
                            taken += jobs.map(\.jobID)
                        }
                        await connection.close()
                        return taken
                    }
                }
                var all: [Int64] = []
                for try await jobs in group { all += jobs }
                return all
            }
            #expect(rescued.count == 60 && Set(rescued).count == 60)
            #expect(try await fixture.count("agent_executions WHERE status = 'failed'") == 60)
        }
    }

    @Test("a job settled meanwhile is not resurrected, one being settled is not waited for")
    func settledMeanwhile() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let dead = try await fixture.otherWorker()
            let settled = try await fixture.claimed(.agentkit, by: dead)
            let settling = try await fixture.claimed(.agentkit, by: dead)
            try await fixture.kill(dead)
            #expect(try await fixture.settle(settled, .completed) == .done)
            let other = try await fixture.database.connect()
            try await other.transaction { transaction in
                let end = Settlement(
                    jobID: settling.id, attemptID: settling.attemptID, outcome: .completed)
                try await transaction.query(
                    "SELECT * FROM settle_jobs($1)", [.json(.array([end.json]))])
                #expect(try await rescue(fixture).isEmpty)
            }
            await other.close()
            #expect(try await rescue(fixture).isEmpty)
            #expect(try await fixture.count("jobs WHERE state = 'completed'") == 2)
        }
    }

    @Test("a settlement that meets a rescue under way waits for it and is lost")
    func rescuedMeanwhile() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let dead = try await fixture.otherWorker()
            let job = try await fixture.claimed(.generation, by: dead)
            try await fixture.kill(dead)
            let other = try await fixture.database.connect()
            let watcher = try await fixture.database.connect()
            let verdict = try await other.transaction { transaction in
                try await transaction.query("SELECT * FROM rescue_jobs()")
                let verdict = Task { try await fixture.settle(job, .completed) }
                try await eventually("the settlement waits for the rescue") {
                    try await watcher.query(
                        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                            + "AND datname = current_database()"
                    ).count > 0
                }
                return verdict
            }
            #expect(try await verdict.value == .lost)
            await other.close()
            await watcher.close()
        }
    }
}
