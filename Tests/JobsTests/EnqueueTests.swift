import FoundationEssentials
import JSON
import Jobs
import Postgres
import TestSupport
import Testing

@Suite("enqueue", .serialized, .timeLimit(.minutes(2)))
struct EnqueueTests {
    static let database = SuiteDatabase(migrated: true)

    @Test("a plain INSERT is a valid way to enqueue")
    func plainInsert() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await fixture.connection.query(
                """
                INSERT INTO jobs (kind, payload, user_id, agent_id)
                VALUES ('agentkit', '{"input_values": {}}', $1::uuid::text, $2)
                """, [.uuid(fixture.user), .uuid(fixture.agent)])
            expect(
                try await fixture.row("SELECT * FROM jobs"),
                has: [
                    "state": "available", "queue": "default", "priority": 0, "attempt": 0,
                    "max_attempts": 3, "execution_type": "manual", "scheduled_at": nil,
                ])
            #expect(try await fixture.claim().attempt == 1)
        }
    }

    @Test("enqueue_job takes its arguments by name and has defaults for all but the kind")
    func defaults() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await fixture.connection.query(
                "SELECT enqueue_job('generation', payload => '{\"prompt\": \"p\"}')")
            expect(
                try await fixture.row("SELECT *, run_at = created_at AS now FROM jobs"),
                has: ["kind": "generation", "user_id": nil, "unique_key": nil, "now": true])
        }
    }

    @Test("every member of a new job is stored")
    func everyMember() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let due = Date(timeIntervalSince1970: 2_000_000_000)
            let id = try await fixture.queue.enqueue(
                JobRequest(
                    kind: "agentkit", payload: ["model": "m", "odd": "\0"],
                    userID: fixture.user.uuidString, agentID: fixture.agent, queue: "slow",
                    priority: 7, runAt: due, maxAttempts: 9, timeoutSeconds: 11, uniqueKey: "k",
                    executionType: "scheduled", traceContext: "t"))
            expect(
                try await fixture.job(id),
                has: [
                    "payload": ["model": "m", "odd": "\u{FFFD}"], "queue": "slow", "priority": 7,
                    "max_attempts": 9, "timeout_s": 11, "unique_key": "k",
                    "execution_type": "scheduled", "trace_context": "t",
                ])
            let status = try #require(try await fixture.queue.status(id))
            #expect(status.runAt == due)
            #expect(status.reason == "not due until 2033-05-18 03:33:20+00")
        }
    }

    @Test("a key enqueued 100 times in parallel gives one job and 100 times its id")
    func uniqueKey() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let pool = fixture.database.pool(limit: 8)
            let ids = try await withThrowingTaskGroup(of: Int64.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        try await pool.withConnection {
                            try await JobQueue($0).enqueue(
                                JobRequest(
                                    kind: "generation", payload: ["prompt": "p"], uniqueKey: "one"))
                        }
                    }
                }
                var ids: [Int64] = []
                for try await id in group { ids.append(id) }
                return ids
            }
            await pool.close()
            #expect(ids.count == 100 && Set(ids).count == 1)
            #expect(try await fixture.count("jobs") == 1)
        }
    }

    @Test(
        "a key is taken while its job is unfinished or has completed; a failed or cancelled job frees it",
        arguments: [Outcome.completed, .failed, .cancelled])
    func keyOfEndedJob(outcome: Outcome) async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let id = try await fixture.enqueue(.generation, uniqueKey: "k")
            let job = try await fixture.claim()
            #expect(try await fixture.enqueue(.generation, uniqueKey: "k") == id)
            #expect(try await fixture.settle(job, outcome) == .done)
            let next = try await fixture.enqueue(.generation, uniqueKey: "k")
            #expect((next == id) == (outcome == .completed))
        }
    }

    @Test("a job enqueued in a transaction is visible with its commit, never after a rollback")
    func transactions() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let other = try await fixture.database.connect()
            let sql = "SELECT enqueue_job('generation', '{\"prompt\": \"p\"}') AS id"
            _ = try? await other.transaction { transaction in
                try await transaction.query(sql)
                #expect(try await fixture.count("jobs") == 0)
                throw CancellationError()
            }
            #expect(try await fixture.count("jobs") == 0)
            try await other.transaction { transaction in
                try await transaction.query(sql)
                #expect(try await fixture.count("jobs") == 0)
            }
            #expect(try await fixture.count("jobs") == 1)
            await other.close()
        }
    }

    @Test("functions keep to their schema whatever the caller's search_path")
    func searchPath() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            try await fixture.connection.query("UPDATE workers SET parked = true")
            let other = try await fixture.database.connect()
            try await other.execute(script: "SET search_path = pg_catalog")
            let id = try await other.query(
                "SELECT public.enqueue_job('generation', '{\"prompt\": \"p\"}') AS id"
            )[0].decode(Int64.self, "id")
            for call in ["why_job", "cancel_job", "retry_job", "job_status"] {
                try await other.query("SELECT public.\(call)($1)", [.int64(id)])
            }
            try await other.query("SELECT public.rescue_jobs()")
            try await other.query("SELECT public.settle_jobs('[]')")
            await other.close()
        }
    }
}
