import FoundationEssentials
import JSON
import Jobs
import Postgres
import TestSupport
import Testing

@Suite("cancel", .serialized, .timeLimit(.minutes(2)))
struct CancelTests {
    static let database = SuiteDatabase(migrated: true)

    @Test("an available job is cancelled at once, and records nothing when it was never claimed")
    func available() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            for kind in JobKind.allCases {
                let id = try await fixture.enqueue(kind)
                #expect(try await fixture.queue.cancel(id) == "cancelled")
                let job = try await fixture.job(id)
                #expect(job["state"] == "cancelled")
                #expect(job["finished_at"]?.isNull == false)
                #expect(job["cancel_requested_at"]?.isNull == false)
                #expect(try await fixture.queue.cancel(id) == "already cancelled")
            }
            for table in ["agent_executions", "agent_logs", "agent_generation_logs"] {
                #expect(try await fixture.count(table) == 0)
            }
        }
    }

    @Test(
        "a held or waiting job is cancelled at once",
        arguments: ["state = 'held', hold_reason = 'paused'", "state = 'waiting'"])
    func heldOrWaiting(change: String) async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let id = try await fixture.enqueue(.agentkit)
            try await fixture.connection.query(
                "UPDATE jobs SET \(change) WHERE id = $1", [.int64(id)])
            #expect(try await fixture.queue.cancel(id) == "cancelled")
            #expect(try await fixture.job(id)["state"] == "cancelled")
        }
    }

    @Test("a job that ran and waits for its retry is cancelled with its records")
    func afterAnAttempt() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let run = try await fixture.claimed(.agentkit)
            try await fixture.spend(run, input: 100, output: 20)
            _ = try await fixture.settle(run, .retry(after: .seconds(60)))
            #expect(try await fixture.queue.cancel(run.id) == "cancelled")
            expect(
                try await fixture.row("SELECT * FROM agent_executions"),
                has: ["status": "failed", "error_message": "cancelled", "retry_count": 0])
            #expect(try await fixture.row("SELECT * FROM agent_logs")["run_tokens"] == 120)

            let generation = try await fixture.claimed(.generation)
            _ = try await fixture.settle(generation, .retry(after: .seconds(60)))
            #expect(try await fixture.queue.cancel(generation.id) == "cancelled")
            expect(
                try await fixture.generationLog(generation),
                has: ["success": false, "error_message": "cancelled"])
        }
    }

    @Test("a running job is only asked to stop; its worker settles it")
    func running() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claimed(.agentkit)
            #expect(try await fixture.queue.cancel(job.id) == "cancelling")
            let asked = try await fixture.job(job.id)["cancel_requested_at"]
            #expect(asked?.isNull == false)
            #expect(try await fixture.queue.cancel(job.id) == "cancelling")
            #expect(try await fixture.job(job.id)["cancel_requested_at"] == asked)
            #expect(try await fixture.queue.why(job.id).hasSuffix("cancel requested"))
            #expect(try await fixture.settle(job, .cancelled) == .done)
            #expect(try await fixture.queue.cancel(job.id) == "already cancelled")
        }
    }

    @Test("a finished or unknown job cannot be cancelled", arguments: [Outcome.completed, .failed])
    func finished(outcome: Outcome) async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claimed(.generation)
            _ = try await fixture.settle(job, outcome)
            #expect(try await fixture.queue.cancel(job.id) == "already \(outcome.word)")
            #expect(try await fixture.job(job.id)["state"] == .string(outcome.word))
            #expect(try await fixture.queue.cancel(0) == "not found")
        }
    }
}
