import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import TestSupport
import Testing

@Suite("inspection", .serialized, .timeLimit(.minutes(2)))
struct InspectTests {
    static let database = SuiteDatabase(migrated: true)

    @Test("the status of a job shows its tokens, cost, error and reason")
    func status() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claimed(.agentkit)
            try await fixture.spend(job, input: 100, output: 20)
            try await fixture.spend(job, input: 50, output: 5)
            let running = try #require(try await fixture.queue.status(job.id))
            #expect(running.state == "running" && !running.isFinished)
            #expect(running.totalTokens == 175 && running.costUSD == "0.150")
            #expect(running.reason.contains("attempt 1 of 3"))
            let failure = RunFailure(.tool, code: "NO_MAIL", message: "the mailbox is gone")
            _ = try await fixture.settle(job, .failed, failure: failure)
            let failed = try #require(try await fixture.queue.status(job.id))
            #expect(failed.isFinished && failed.lastError == "NO_MAIL: the mailbox is gone")
            #expect(failed.reason.hasSuffix("after 1 attempts: NO_MAIL: the mailbox is gone"))
            #expect(failed.executionID == job.executionID)
            expect(
                failed.json,
                has: [
                    "id": JSONValue(Int(job.id)), "state": "failed", "cost_usd": 0.15,
                    "total_tokens": 175, "output": nil,
                    "execution_id": .string(job.executionID.uuidString.lowercased()),
                ])
            #expect(try await fixture.queue.status(0) == nil)
        }
    }

    @Test("why_job has a line for every state")
    func why() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            func why(_ id: Int64, _ change: String? = nil) async throws -> String {
                if let change {
                    try await fixture.connection.query(
                        "UPDATE jobs SET \(change) WHERE id = $1", [.int64(id)])
                }
                return try await fixture.queue.why(id)
            }
            #expect(try await why(0) == "there is no such job")
            let first = try await fixture.enqueue(.agentkit)
            let second = try await fixture.enqueue(.agentkit)
            #expect(try await why(first).contains(", 0 jobs are before it in its lane "))
            #expect(try await why(second).contains(", 1 jobs are before it in its lane "))
            #expect(
                try await why(second, "state = 'held', hold_reason = 'user budget'")
                    == "held until released: user budget")
            #expect(
                try await why(second, "state = 'waiting', wait_until = 'infinity'")
                    == "waiting for an external event until infinity")
            #expect(try await fixture.queue.cancel(second) == "cancelled")
            #expect(try await why(second).hasPrefix("cancelled at "))

            let job = try await fixture.claim()
            #expect(try await why(first).contains("(here, pid 1), attempt 1 of 3"))
            try await fixture.kill(fixture.worker)
            #expect(try await why(first).contains("which stopped beating at"))
            try await fixture.connection.query("DELETE FROM workers")
            #expect(try await why(first).hasSuffix("which is gone: the next rescue takes it back"))
            try await fixture.queue.beat(fixture.worker)
            let failure = RunFailure(.provider, code: "HTTP_503", message: "overloaded")
            _ = try await fixture.settle(job, .retry(after: .seconds(60)), failure: failure)
            #expect(
                try await why(first).hasSuffix(
                    "(attempt 1 of 3 ended with: HTTP_503: overloaded)"))
            _ = try await why(first, "run_at = now()")
            _ = try await fixture.settle(try await fixture.claim(), .completed)
            #expect(try await why(first).hasPrefix("completed at "))
        }
    }

    @Test("a list is filtered by state, kind and user, newest first")
    func list() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            var ids: [Int64] = []
            for kind in [JobKind.agentkit, .generation, .agentkit, .orchestrator] {
                ids.append(try await fixture.enqueue(kind))
            }
            _ = try await fixture.queue.cancel(ids[0])
            func list(_ filter: JobFilter) async throws -> [Int64] {
                try await fixture.queue.list(filter).map(\.id)
            }
            #expect(try await list(JobFilter()) == ids.reversed())
            #expect(try await list(JobFilter(limit: 2)) == [ids[3], ids[2]])
            #expect(try await list(JobFilter(state: "cancelled")) == [ids[0]])
            #expect(try await list(JobFilter(kind: "agentkit")) == [ids[2], ids[0]])
            #expect(try await list(JobFilter(state: "available", kind: "agentkit")) == [ids[2]])
            #expect(try await list(JobFilter(userID: fixture.user.uuidString)).count == 4)
            #expect(try await list(JobFilter(userID: "nobody")) == [])
        }
    }

    @Test("retrying a finished job enqueues a copy under a new execution id")
    func retry() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let old = try await fixture.enqueue(
                .generation, priority: 4, maxAttempts: 7, uniqueKey: "k")
            let job = try await fixture.claim()
            _ = try await fixture.settle(job, .failed)
            let copy = try #require(Int64(try await fixture.queue.retry(old)))
            expect(
                try await fixture.job(copy),
                has: [
                    "state": "available", "retry_of": JSONValue(Int(old)), "attempt": 0,
                    "priority": 4, "max_attempts": 7, "unique_key": "k", "kind": "generation",
                    "payload": ["prompt": "a bot that greets"], "scheduled_at": nil,
                ])
            #expect(try await fixture.claim().executionID != job.executionID)
            // The copy has the key now: a second copy would be another job under it.
            let error = await #expect(throws: PostgresError.self) {
                try await fixture.queue.retry(old)
            }
            #expect(error?.sqlState == "23505")
        }
    }

    @Test(
        "a completed job keeps its key: its copy goes without; what runs or is unknown is refused")
    func retryOfOthers() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let id = try await fixture.enqueue(.generation, uniqueKey: "k")
            let unfinished = await #expect(throws: PostgresError.self) {
                try await fixture.queue.retry(id)
            }
            #expect(
                unfinished?.message == "job \(id) is available, only a finished job can be retried")
            _ = try await fixture.settle(try await fixture.claim(), .completed)
            let copy = try #require(Int64(try await fixture.queue.retry(id)))
            #expect(try await fixture.job(copy)["unique_key"] == .null)
            let unknown = await #expect(throws: PostgresError.self) {
                try await fixture.queue.retry(0)
            }
            #expect(unknown?.message == "job 0 does not exist")
        }
    }
}
