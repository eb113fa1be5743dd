import FoundationEssentials
import JSON
import Jobs
import Postgres
import TestSupport
import Testing

@Suite("forgetting a user, and legal holds", .serialized, .timeLimit(.minutes(3)))
struct ForgetTests {
    static let database = SuiteDatabase(migrated: true)

    private func forget(_ fixture: QueueFixture, _ user: String) async throws -> [String: Int] {
        var removed: [String: Int] = [:]
        for target in try await fixture.queue.forgetTargets() {
            var block: Int64? = 0
            while let from = block {
                let step = try await fixture.queue.forget(user: user, in: target, from: from)
                if step.removed > 0 { removed[target, default: 0] += step.removed }
                block = step.next
            }
        }
        return removed
    }

    private func finished(
        _ fixture: QueueFixture, _ kind: JobKind, user: UUID? = nil, agent: UUID? = nil
    ) async throws -> ClaimedJob {
        _ = try await fixture.queue.enqueue(
            JobRequest(
                kind: kind.rawValue, payload: ["prompt": "secret-words"],
                userID: (user ?? fixture.user).uuidString,
                agentID: kind == .generation ? nil : agent ?? fixture.agent))
        let job = try await fixture.claim()
        try await fixture.spend(job, input: 100, output: 7)
        _ = try await fixture.settle(job, .completed)
        return job
    }

    /// Totals without users.
    private func totals(_ fixture: QueueFixture) async throws -> [JSONValue] {
        try await fixture.rows(
            """
            SELECT day, agent_id, model_name, sum(calls) AS calls, sum(input_tokens) AS input,
                sum(output_tokens) AS output, sum(cost_usd)::text AS cost,
                (SELECT sum(run_count) FROM agent_stats s WHERE s.agent_id = u.agent_id) AS runs,
                (SELECT sum(success_count) FROM agent_stats s WHERE s.agent_id = u.agent_id)
                    AS successes,
                (SELECT output_sum FROM agent_token_baselines b WHERE b.agent_id = u.agent_id)
                    AS baseline
            FROM usage_by_day u GROUP BY day, agent_id, model_name
            ORDER BY agent_id, model_name
            """)
    }

    @Test("nothing of the user is left anywhere, in any spelling, and every sum is what it was")
    func everything() async throws {
        try await QueueFixture.retaining(in: Self.database) { fixture in
            let other = UUID()
            for _ in 0..<3 { _ = try await finished(fixture, .agentkit) }
            _ = try await finished(fixture, .generation)
            let kept = try await finished(fixture, .agentkit, user: other)
            // Some of it pruned before.
            #expect(try await fixture.queue.keep("token_usage", for: .seconds(86400)))
            #expect(try await fixture.queue.keep("agent_executions", for: .seconds(86400)))
            #expect(try await fixture.queue.keep("completed_jobs", for: .seconds(86400)))
            try await fixture.connection.execute(
                script: """
                    UPDATE jobs SET finished_at = finished_at - interval '9 days' WHERE id % 2 = 0;
                    UPDATE agent_executions SET completed_at = completed_at - interval '9 days';
                    UPDATE token_usage SET created_at = created_at - interval '9 days';
                    """)
            while try await fixture.queue.pruneStep() != nil {}
            let waiting = try await fixture.enqueue(.agentkit)
            try await fixture.connection.query(
                """
                INSERT INTO schedules (name, cron, kind, payload, user_id)
                VALUES ('mine', '@daily', 'generation', '{"prompt": "secret-words"}', $1)
                """, [.text(fixture.user.uuidString)])
            try await fixture.connection.query(
                "INSERT INTO agent_configurations (agent_id, user_id) VALUES ($1, $2)",
                [.uuid(fixture.agent), .uuid(fixture.user)])
            let before = try await totals(fixture)

            // Another spelling than the one that was stored.
            let removed = try await forget(fixture, fixture.user.uuidString.lowercased())
            #expect(removed["jobs"] ?? 0 >= 1 && removed["agents"] == 1)
            for (table, text) in try await fixture.snapshot() {
                #expect(
                    !text.lowercased().contains(fixture.user.uuidString.lowercased()),
                    "\(table) names the user")
                if table != "jobs" && table != "agent_generation_logs" {
                    #expect(!text.contains("secret-words"), "\(table) holds content")
                }
            }
            #expect(try await totals(fixture) == before)
            #expect(try await fixture.violations() == [])
            #expect(try await fixture.rows("SELECT FROM jobs WHERE id = \(waiting)").isEmpty)
            let rest = try await fixture.row(
                "SELECT count(*) FILTER (WHERE user_id <> $1) AS strangers, count(*) AS n FROM jobs",
                [.text(other.uuidString)])
            #expect(rest["strangers"] == 0 && rest["n"]?.intValue ?? 0 <= 1)
            #expect(kept.userID?.lowercased() == other.uuidString.lowercased())
            // Again: nothing to do.
            #expect(try await forget(fixture, fixture.user.uuidString) == [:])
            #expect(
                try await fixture.queue.forgetRemainder(user: fixture.user.uuidString) == (0, 0))
        }
    }

    @Test("a running job is cancelled, and goes with the next call once it has ended")
    func running() async throws {
        try await QueueFixture.retaining(in: Self.database) { fixture in
            let job = try await fixture.claimed(.agentkit)
            let user = fixture.user.uuidString
            _ = try await forget(fixture, user)
            #expect(try await fixture.queue.forgetRemainder(user: user) == (0, 1))
            #expect(try await fixture.job(job.id)["cancel_requested_at"] != .null)
            _ = try await fixture.settle(job, .cancelled)
            _ = try await forget(fixture, user)
            #expect(try await fixture.queue.forgetRemainder(user: user) == (0, 0))
            #expect(try await fixture.count("jobs") == 0)
            #expect(try await fixture.count("agent_executions") == 0)
        }
    }

    @Test("a user's many jobs go in short steps from stretch to stretch, and only theirs")
    func many() async throws {
        try await QueueFixture.retaining(in: Self.database) { fixture in
            try await fixture.connection.query(
                """
                INSERT INTO jobs (kind, payload, user_id, run_at)
                SELECT 'generation', '{"prompt": "p"}', CASE n % 3 WHEN 0 THEN 'other' ELSE 'all' END,
                    now() + interval '1 day'
                FROM generate_series(1, 3000) AS n
                """)
            // A stretch in the middle alone: what it does not meet is counted.
            let met = try await walk(fixture, from: 40, to: 41, stretch: 40)
            let left = try await fixture.queue.forgetRemainder(user: "all")
            #expect(met.removed > 500 && met.removed < 1500)
            #expect(left == (0, 2000 - met.removed))

            let whole = try await walk(fixture, from: 0, to: .max, stretch: 40)
            #expect(whole.removed == 2000 - met.removed)
            #expect(whole.blocks.count > 3, "\(whole.blocks)")
            #expect(Set(whole.blocks).count < whole.blocks.count, "no stretch took two steps")
            #expect(try await fixture.queue.forgetRemainder(user: "all") == (0, 0))
            #expect(try await fixture.count("jobs") == 1000)
        }
    }

    /// Steps through `jobs` by stretches of so many pages, up to a page; where each began, and how many
    /// jobs went.
    private func walk(
        _ fixture: QueueFixture, from first: Int64, to end: Int64, stretch: Int
    ) async throws -> (blocks: [Int64], removed: Int) {
        var blocks: [Int64] = []
        var removed = 0
        var block: Int64? = first
        while let from = block, from < end, blocks.count < 100 {
            let row = try await fixture.row(
                "SELECT removed, next_block FROM forget_step('all', 'jobs', \(from), \(stretch))")
            #expect(row["removed"]?.intValue ?? 0 <= 500)
            removed += row["removed"]?.intValue ?? 0
            blocks.append(from)
            block = row["next_block"]?.intValue.map(Int64.init)
        }
        return (blocks, removed)
    }

    @Test("a user who is no UUID is forgotten too")
    func text() async throws {
        try await QueueFixture.retaining(in: Self.database) { fixture in
            let id = try await fixture.queue.enqueue(
                JobRequest(kind: "generation", payload: ["prompt": "p"], userID: "o'brien%"))
            let job = try await fixture.claim()
            try await fixture.spend(job, input: 1, output: 1)
            _ = try await fixture.settle(job, .completed)
            #expect(try await forget(fixture, "o'brien_") == [:])
            let removed = try await forget(fixture, "o'brien%")
            #expect(removed == ["jobs": 1, "agent_generation_logs": 1, "token_usage": 1])
            #expect(try await fixture.rows("SELECT FROM jobs WHERE id = \(id)").isEmpty)
        }
    }

    @Test("a legal hold of the user refuses, and removes nothing, until it is lifted")
    func heldUser() async throws {
        try await QueueFixture.retaining(in: Self.database) { fixture in
            _ = try await finished(fixture, .agentkit)
            let hold = try await fixture.queue.hold(
                .user(fixture.user.uuidString), reason: "case 17")
            let before = try await fixture.snapshot()
            let error = await #expect(throws: PostgresError.self) {
                try await forget(fixture, fixture.user.uuidString.lowercased())
            }
            #expect(error?.message == "legal hold \(hold) keeps everything of this user: case 17")
            #expect(error?.sqlState == "55000")
            #expect(try await fixture.snapshot() == before)
            #expect(try await fixture.queue.liftHold(hold))
            #expect(try await fixture.queue.liftHold(hold) == false)
            #expect(try await forget(fixture, fixture.user.uuidString)["jobs"] == 1)
            let holds = try await fixture.queue.legalHolds()
            #expect(holds.isEmpty, "a lifted hold names the user")
        }
    }

    @Test("what a hold of a job or an agent names is left with all its records")
    func heldParts() async throws {
        try await QueueFixture.retaining(in: Self.database) { fixture in
            let agent = UUID()
            let held = try await finished(fixture, .agentkit)
            _ = try await finished(fixture, .agentkit)
            _ = try await finished(fixture, .agentkit, agent: agent)
            _ = try await fixture.queue.hold(.job(held.id), reason: "case 18")
            _ = try await fixture.queue.hold(.agent(agent), reason: "case 19")
            let before = try await totals(fixture)
            _ = try await forget(fixture, fixture.user.uuidString)
            #expect(
                try await fixture.queue.forgetRemainder(user: fixture.user.uuidString) == (2, 0))
            #expect(try await fixture.violations() == [])
            #expect(try await totals(fixture) == before)
            for table in ["jobs", "agent_executions", "agent_logs", "token_usage"] {
                #expect(try await fixture.count(table) == 2, "\(table)")
            }
            // Nor are they pruned.
            for subject in RetentionTests.subjects {
                _ = try await fixture.queue.keep(subject, for: .seconds(86400))
            }
            try await fixture.connection.execute(
                script: """
                    UPDATE jobs SET finished_at = finished_at - interval '9 days';
                    UPDATE agent_executions SET completed_at = completed_at - interval '9 days';
                    UPDATE agent_logs SET created_at = created_at - interval '9 days';
                    UPDATE token_usage SET created_at = created_at - interval '9 days';
                    """)
            while let step = try await fixture.queue.pruneStep() { #expect(step.pruned == 0) }
            let error = await #expect(throws: PostgresError.self) {
                try await fixture.queue.hold(.job(-1), reason: "x")
            }
            #expect(error?.message == "job -1 does not exist")
        }
    }

    @Test("a kept journal and an expired memory under a legal hold are not pruned")
    func heldJournal() async throws {
        try await QueueFixture.retaining(in: Self.database) { fixture in
            let job = try await finished(fixture, .agentkit)
            try await fixture.connection.query(
                """
                INSERT INTO run_steps (execution_id, step_key, kind, fingerprint, attempt_id, status,
                    output, keep_until)
                VALUES ($1, 'k', 'model', 'f', gen_random_uuid(), 'done', '1', now() - interval '1 h')
                """, [.uuid(job.executionID)])
            try await fixture.connection.query(
                """
                INSERT INTO run_memories (agent_id, user_id, execution_id, run_number, summary, expires_at)
                VALUES ($1, $2, $3, 1, 's', now() - interval '1 h')
                """, [.uuid(fixture.agent), .uuid(fixture.user), .uuid(job.executionID)])
            func prunedMemories() async throws -> JSONValue? {
                try await fixture.row("SELECT prune_run_memories() AS n")["n"]
            }
            let hold = try await fixture.queue.hold(.agent(fixture.agent), reason: "case 20")
            #expect(try await fixture.queue.pruneJournals(limit: 10) == 0)
            #expect(try await prunedMemories() == 0)
            #expect(try await fixture.queue.liftHold(hold))
            #expect(try await fixture.queue.pruneJournals(limit: 10) == 1)
            #expect(try await prunedMemories() == 1)
        }
    }

    @Test("once a hold is placed, no removal that has not seen it is under way")
    func placing() async throws {
        try await QueueFixture.retaining(in: Self.database) { fixture in
            _ = try await finished(fixture, .agentkit)
            let remover = try await fixture.database.connect()
            let other = try await fixture.database.connect()
            try await remover.transaction { step in
                try await step.query(
                    "SELECT forget_step($1, 'agent_logs')", [.text(fixture.user.uuidString)])
                try await other.query("SET lock_timeout = '100ms'")
                let error = await #expect(throws: PostgresError.self) {
                    try await JobQueue(other).hold(.user("somebody"), reason: "r")
                }
                #expect(error?.sqlState == "55P03")
            }
            _ = try await JobQueue(other).hold(.user("somebody"), reason: "r")
            await remover.close()
            await other.close()
            // The log alone is gone: finish, or the job would miss it.
            _ = try await forget(fixture, fixture.user.uuidString)
        }
    }

    @Test("every table that can name a user is gone through, or said to be another's")
    func coverage() async throws {
        try await QueueFixture.retaining(in: Self.database) { fixture in
            let named = try await fixture.rows(
                """
                SELECT DISTINCT c.table_name FROM information_schema.columns c
                JOIN information_schema.tables t USING (table_schema, table_name)
                WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
                    AND c.column_name = 'user_id'
                """
            ).compactMap { $0["table_name"]?.stringValue }
            let targets = Set(try await fixture.queue.forgetTargets())
            #expect(named.filter { !targets.contains($0) } == [])
        }
    }
}
