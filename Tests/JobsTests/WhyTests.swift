import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import TestSupport
import Testing

/// Every reason for which a job may not run, each as `why_job` names it.
@Suite("why a job does not run", .serialized, .timeLimit(.minutes(2)))
struct WhyTests {
    static let database = SuiteDatabase(migrated: true)

    @Test("a job that is not due says until when, and what its last attempt ended with")
    func notDue() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let id = try await fixture.enqueue(
                .agentkit, runAt: Date(timeIntervalSince1970: 2_000_000_000))
            #expect(try await fixture.queue.why(id) == "not due until 2033-05-18 03:33:20+00")
        }
    }

    @Test(
        "a pause of its queue, kind, user or agent is named with its reason",
        arguments: [false, true])
    func paused(held: Bool) async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let agent = fixture.agent.uuidString.lowercased()
            let user = fixture.user.uuidString
            for (scope, key) in [
                ("queue", "default"), ("kind", "agentkit"), ("user", user), ("agent", agent),
            ] {
                let id = try await fixture.enqueue(.agentkit)
                try await fixture.ask("pause_jobs('\(scope)', '\(key)', 'month end')")
                if held {
                    _ = try await fixture.queue.claim(
                        fixture.claimRequest(5, kinds: QueueFixture.kinds))
                }
                let why = try await fixture.queue.why(id)
                #expect(why.contains("\(scope) ") && why.contains("is paused"), "\(why)")
                #expect(why.contains(key) && why.hasSuffix(": month end"), "\(why)")
                #expect(
                    why.hasPrefix("held until it is resumed")
                        == (held && scope != "queue" && scope != "user"))
                try await fixture.ask("resume_jobs('\(scope)', '\(key)')")
                #expect(try await !fixture.queue.why(id).contains("paused"))
                _ = try await fixture.queue.cancel(id)
            }
        }
    }

    @Test("each limit is named with its figures, whether it holds the job or its lane")
    func limits() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let user = fixture.user.uuidString
            for (limit, name, isHeld) in [
                ("'queue', 1", "queue \"default\"", false), ("'kind', 1", "kind agentkit", true),
                ("'user', 1", "user \"\(user)\"", false),
                ("'agent', 1", "agent \"\(fixture.agent.uuidString.lowercased())\"", true),
                ("'payload', 1, payload_path => 'shop'", "payload shop \"7\"", true),
            ] {
                try await fixture.ask("set_concurrency_limit(\(limit))")
                let running = try await fixture.claimed(.agentkit, payload: ["shop": 7])
                let id = try await fixture.enqueue(.agentkit, payload: ["shop": 7])
                #expect(
                    try await fixture.queue.why(id) == "limit of \(name): 1 of 1 running")
                _ = try await fixture.queue.claim(
                    fixture.claimRequest(5, kinds: QueueFixture.kinds))
                let prefix = isHeld ? "held until a slot is free: " : ""
                #expect(
                    try await fixture.queue.why(id) == "\(prefix)limit of \(name): 1 of 1 running")
                _ = try await fixture.settle(running, .completed)
                _ = try await fixture.queue.cancel(id)
                try await fixture.connection.query("DELETE FROM concurrency_limits")
            }
        }
    }

    @Test("a budget and a cool-down that stopped it in mid-run are named with their figures")
    func holds() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            for (key, reason) in [
                ("budget:7", "user u spent 5.00 of 5.00 USD today"),
                ("cooldown:openai/gpt-4o", "openai asks for a pause"),
            ] {
                let job = try await fixture.claimed(.agentkit)
                _ = try await fixture.settle(
                    job, .hold(key: key, reason: reason, for: .seconds(600)))
                let why = try await fixture.queue.why(job.id)
                #expect(why.hasPrefix("held until 20") && why.hasSuffix(": \(reason) (\(key))"))
            }
        }
    }

    @Test("a wait for people names them, and who of them has answered")
    func approval() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claimed(.agentkit)
            try await fixture.connection.query(
                "SELECT * FROM await_event($1, $2, $3, 'ask', 'f', $4, 3600, 0)",
                [
                    .int64(job.id), .uuid(job.attemptID), .uuid(job.executionID),
                    .json([
                        "kind": "human_approval", "title": "Pay?", "approvers": ["ann", "bob"],
                        "approvalType": "all",
                    ]),
                ])
            _ = try await fixture.settle(job, .wait)
            let before = try await fixture.queue.why(job.id)
            #expect(
                before.hasPrefix("waiting for human_approval 'ask' (Pay?) of ann, bob until 20"))
            _ = try await fixture.ask(
                "approve_job(\(job.id), approver => 'bob', decision => 'approve')")
            let after = try await fixture.queue.why(job.id)
            #expect(after.contains("of ann, bob (1 answered: bob) until 20"), "\(after)")
            _ = try await fixture.queue.cancel(job.id)
        }
    }

    @Test("without a live worker for its queue, or for its kind, it says which")
    func unserved() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let queue = try await fixture.enqueue(.agentkit, queue: "slow")
            let kind = try await fixture.enqueueMany(1, kind: "translation")[0]
            #expect(
                try await fixture.queue.why(queue)
                    == "nobody handles it: no live worker serves queue \"slow\" and kind "
                    + "\"agentkit\" (none serves the queue at all)")
            #expect(
                try await fixture.queue.why(kind)
                    == "nobody handles it: no live worker serves queue \"default\" and kind "
                    + "\"translation\"")
        }
    }

    @Test("a worker that stopped beating, or is gone, is named")
    func deadWorker() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let other = try await fixture.otherWorker()
            let job = try await fixture.claimed(.agentkit, by: other)
            #expect(try await fixture.queue.why(job.id).hasPrefix("running since "))
            try await fixture.kill(other)
            #expect(
                try await fixture.queue.why(job.id).contains(
                    "(there, pid 2), which stopped beating at 20"))
            try await fixture.connection.query(
                "DELETE FROM workers WHERE id = $1", [.uuid(other.id)])
            #expect(try await fixture.queue.why(job.id).contains("which is gone"))
            _ = try await fixture.settle(job, .completed)
        }
    }

    @Test("a lock of another transaction is named with its backend")
    func locked() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let id = try await fixture.enqueue(.agentkit)
            let other = try await fixture.database.connect()
            try await other.transaction { transaction in
                let pid = try await transaction.query(
                    "SELECT pg_backend_pid() AS pid FROM jobs WHERE id = $1 FOR UPDATE",
                    [.int64(id)])[0].decode(Int32.self, "pid")
                let why = try await fixture.queue.why(id)
                #expect(why.hasPrefix("locked since 20"), "\(why)")
                #expect(why.contains("backend \(pid) (tests, "), "\(why)")
            }
            await other.close()
            #expect(try await !fixture.queue.why(id).contains("locked"))
        }
    }

    @Test("a job that nothing keeps says how many are before it in its lane, and what is free")
    func soon() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            _ = try await fixture.enqueueMany(9, user: "other", kind: "agentkit-like")
            let first = try await fixture.enqueue(.agentkit)
            let second = try await fixture.enqueue(.agentkit)
            let lane = "(queue \"default\", priority 0, user \"\(fixture.user.uuidString)\")"
            #expect(
                try await fixture.queue.why(first).hasSuffix(
                    ", 0 jobs are before it in its lane \(lane); claimed soon: 4 of 4 slots are free"
                ))
            #expect(
                try await fixture.queue.why(second).hasSuffix(
                    ", 1 jobs are before it in its lane \(lane); 4 of 4 slots are free"))
            for _ in 0..<4 { _ = try await fixture.enqueue(.agentkit) }
            let running = try await fixture.queue.claim(
                limit: 4, worker: fixture.worker.id, queues: ["default"],
                kinds: QueueFixture.kinds)
            let last = try #require(
                try await fixture.queue.list(JobFilter(state: "available")).first)
            #expect(last.reason.hasSuffix("; all 4 slots are taken, users take turns"))
            for job in running { _ = try await fixture.settle(job, .completed) }
        }
    }
}
