import FoundationEssentials
import JSON
import Jobs
import Postgres
import TestSupport
import Testing

@Suite("retention", .serialized, .timeLimit(.minutes(3)))
struct RetentionTests {
    static let database = SuiteDatabase(migrated: true)
    static let subjects = [
        "completed_jobs", "failed_jobs", "cancelled_jobs", "agent_executions", "agent_logs",
        "agent_generation_logs", "token_usage",
    ]

    /// Keeps every subject for a day.
    private func keepADay(_ fixture: QueueFixture, _ subjects: [String] = subjects) async throws {
        for subject in subjects {
            #expect(try await fixture.queue.keep(subject, for: .seconds(86400)))
        }
    }

    /// Makes what is there a month old.
    private func age(_ fixture: QueueFixture) async throws {
        try await fixture.connection.execute(
            script: """
                UPDATE jobs SET finished_at = finished_at - interval '30 days';
                UPDATE agent_executions SET completed_at = completed_at - interval '30 days';
                UPDATE agent_logs SET created_at = created_at - interval '30 days';
                UPDATE agent_generation_logs SET completed_at = completed_at - interval '30 days';
                UPDATE token_usage SET created_at = created_at - interval '30 days';
                """)
    }

    /// Sweeps every table to its end; how many rows of each were removed.
    private func sweep(_ fixture: QueueFixture, maxRows: Int = 500) async throws -> [String: Int] {
        try await fixture.queue.restartSweeps()
        var pruned: [String: Int] = [:]
        while let step = try await fixture.queue.pruneStep(maxRows: maxRows) {
            #expect(step.pruned <= maxRows)
            if step.pruned > 0 { pruned[step.table, default: 0] += step.pruned }
        }
        return pruned
    }

    /// A finished job with its records, calls and all.
    private func finished(
        _ fixture: QueueFixture, _ kind: JobKind = .agentkit, key: String? = nil,
        _ outcome: Outcome = .completed
    ) async throws -> ClaimedJob {
        _ = try await fixture.enqueue(kind, uniqueKey: key)
        let job = try await fixture.claim()
        try await fixture.spend(job, input: 100, output: 7)
        try await fixture.spend(job)
        _ = try await fixture.settle(job, outcome)
        return job
    }

    @Test("without a policy everything is kept")
    func keepsAll() async throws {
        try await QueueFixture.retaining(in: Self.database) { fixture in
            _ = try await finished(fixture)
            try await age(fixture)
            #expect(try await fixture.queue.pruneStep() == nil)
            #expect(try await fixture.count("jobs") == 1)
        }
    }

    @Test("what is over goes, the young and the unfinished stay, and every sum goes on to count")
    func prunes() async throws {
        try await QueueFixture.retaining(in: Self.database) { fixture in
            try await keepADay(fixture)
            for _ in 0..<5 { _ = try await finished(fixture) }
            _ = try await finished(fixture, .orchestrator, .failed)
            _ = try await finished(fixture, .generation)
            let before = try await sums(fixture)
            try await age(fixture)
            let young = try await finished(fixture)
            let waiting = try await fixture.claimed(.agentkit)
            try await fixture.spend(waiting, input: 10, output: 1)
            try await fixture.connection.query(
                "UPDATE token_usage SET created_at = now() - interval '30 days' WHERE job_id = $1",
                [.int64(waiting.id)])
            let pruned = try await sweep(fixture, maxRows: 3)
            #expect(
                pruned == [
                    "jobs": 7, "agent_executions": 6, "agent_logs": 6, "agent_generation_logs": 1,
                    "token_usage": 14,
                ])
            #expect(try await fixture.violations() == [])
            #expect(try await fixture.count("job_attempts") == 1)
            #expect(try await fixture.count("jobs") == 2)
            #expect(try await fixture.count("token_usage") == 3)
            // The settlement of the unfinished one still finds what it spent.
            _ = try await fixture.settle(waiting, .completed)
            #expect(try await fixture.ledger(waiting.id)[0]["total_tokens"] == 11)
            #expect(try await fixture.job(young.id)["pruned_at"] == .null)
            let after = try await sums(fixture)
            #expect(after["runs"] == JSONValue((before["runs"]?.intValue ?? 0) + 2))
            #expect(
                after["baseline_rows"] == JSONValue((before["baseline_rows"]?.intValue ?? 0) + 2))
            #expect(
                after["output_tokens"]
                    == JSONValue((before["output_tokens"]?.intValue ?? 0) + 7 + 1))
            #expect(after["unpriced"] == JSONValue((before["unpriced"]?.intValue ?? 0) + 1))
        }
    }

    /// What must not change when rows go: the agent's counters and the whole of what was spent.
    private func sums(_ fixture: QueueFixture) async throws -> JSONValue {
        try await fixture.row(
            """
            SELECT (SELECT sum(run_count) FROM agent_stats)::int AS runs,
                (SELECT total_executions FROM agent_intensity_metrics)::int AS executions,
                (SELECT output_rows FROM agent_token_baselines)::int AS baseline_rows,
                (SELECT output_sum FROM agent_token_baselines)::int AS baseline_sum,
                sum(calls)::int AS calls, sum(output_tokens)::int AS output_tokens,
                sum(calls - priced_calls)::int AS unpriced, sum(cost_usd)::text AS cost
            FROM usage_by_day
            """)
    }

    @Test("money is summed exactly over what is there and what was pruned")
    func exactMoney() async throws {
        try await QueueFixture.retaining(in: Self.database) { fixture in
            try await keepADay(fixture)
            for _ in 0..<3 { _ = try await finished(fixture) }
            try await fixture.connection.query(
                "UPDATE token_usage SET cost_usd = 0.1000000000000000000001 WHERE cost_usd IS NOT NULL"
            )
            let before = try await sums(fixture)
            #expect(before["cost"] == "0.3000000000000000000003")
            try await age(fixture)
            _ = try await sweep(fixture)
            #expect(try await fixture.count("token_usage") == 0)
            #expect(try await sums(fixture) == before)
            #expect(
                try await fixture.count("usage_by_day") == 1, "a day, a model, a user: one row")
        }
    }

    @Test("a pruned completed job keeps its unique_key, a failed one does not")
    func keys() async throws {
        try await QueueFixture.retaining(in: Self.database) { fixture in
            try await keepADay(fixture)
            let done = try await finished(fixture, key: "report")
            let failed = try await finished(fixture, key: "other", .failed)
            let log = try await finished(fixture, .generation, key: "agent")
            try await age(fixture)
            #expect(try await sweep(fixture)["jobs"] == 3)
            #expect(try await fixture.enqueue(.agentkit, uniqueKey: "report") == done.id)
            #expect(try await fixture.enqueue(.generation, uniqueKey: "agent") == log.id)
            #expect(try await fixture.enqueue(.agentkit, uniqueKey: "other") != failed.id)
            let left = try await fixture.job(done.id)
            expect(left, has: ["payload": [:], "output": .null, "state": "completed"])
            #expect(left["pruned_at"] != .null)
            #expect(try await fixture.job(log.id)["payload"] == ["prompt": ""])
            let error = await #expect(throws: PostgresError.self) {
                try await fixture.queue.retry(done.id)
            }
            #expect(error?.message.contains("was pruned") == true)
            // Not counted again by later sweeps, until keys have a policy of their own.
            #expect(try await sweep(fixture)["jobs"] == nil)
            #expect(try await fixture.queue.keep("unique_keys", for: .seconds(10 * 86400)))
            #expect(try await sweep(fixture)["jobs"] == 2)
            #expect(try await fixture.enqueue(.agentkit, uniqueKey: "report") != done.id)
        }
    }

    @Test("a record stays while its job does")
    func recordAfterJob() async throws {
        try await QueueFixture.retaining(in: Self.database) { fixture in
            try await keepADay(
                fixture, ["agent_executions", "agent_logs", "token_usage", "agent_generation_logs"])
            _ = try await finished(fixture)
            _ = try await finished(fixture, .generation)
            try await age(fixture)
            #expect(try await sweep(fixture) == [:])
        }
    }

    @Test("pruning waits for nobody and nobody waits for it")
    func besideClaims() async throws {
        try await QueueFixture.retaining(in: Self.database) { fixture in
            try await keepADay(fixture)
            for _ in 0..<20 { _ = try await finished(fixture) }
            try await age(fixture)
            let held = try await fixture.row("SELECT min(id) AS id FROM jobs")["id"]?.intValue ?? 0
            let pruner = try await fixture.database.connect()
            let other = try await fixture.database.connect()
            try await other.transaction { locked in
                // A finished row that somebody holds is passed over.
                try await locked.query(
                    "SELECT FROM jobs WHERE id = $1 FOR UPDATE", [.int64(Int64(held))])
                try await pruner.transaction { step in
                    try await step.query("SET LOCAL lock_timeout = '1s'")
                    let rows = try await step.query("SELECT * FROM prune_step(10)")
                    #expect(try rows[0].decode(Int64.self, "pruned") == 10)
                    // The step is not committed: claims and settlements of the same agent go on.
                    try await fixture.connection.query("SET lock_timeout = '1s'")
                    let job = try await fixture.claimed(.agentkit)
                    try await fixture.spend(job, input: 1, output: 1)
                    #expect(try await fixture.settle(job, .completed) == .done)
                    // Another worker's step takes another table, or waits its turn without a lock.
                    _ = try await fixture.queue.pruneStep()
                }
            }
            _ = try await sweep(fixture)
            #expect(try await fixture.count("jobs") == 1)
            await pruner.close()
            await other.close()
        }
    }

    @Test("live claims and settlements beside a running sweep lose nothing")
    func race() async throws {
        try await QueueFixture.retaining(in: Self.database) { fixture in
            try await keepADay(fixture)
            for _ in 0..<60 { _ = try await finished(fixture) }
            try await age(fixture)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<2 {
                    let connection = try await fixture.database.connect()
                    group.addTask {
                        let queue = JobQueue(connection)
                        for _ in 0..<40 { _ = try await queue.pruneStep(maxRows: 5) }
                        await connection.close()
                    }
                }
                group.addTask {
                    for _ in 0..<40 {
                        // However long all of it takes.
                        _ = try await fixture.queue.beat(fixture.worker)
                        _ = try await finished(fixture)
                    }
                }
                try await group.waitForAll()
            }
            _ = try await sweep(fixture)
            #expect(try await fixture.count("jobs") == 40)
            #expect(try await fixture.count("agent_executions") == 40)
            let sums = try await sums(fixture)
            #expect(sums["runs"] == 100 && sums["executions"] == 100)
            #expect(sums["calls"] == 200 && sums["baseline_rows"] == 100)
            #expect(sums["baseline_sum"] == 700)
        }
    }

    @Test("keeping for less than a day is refused, as is an unknown subject")
    func policies() async throws {
        try await QueueFixture.retaining(in: Self.database) { fixture in
            let error = await #expect(throws: PostgresError.self) {
                try await fixture.queue.keep("completed_jobs", for: .seconds(3600))
            }
            #expect(error?.constraint == "retention_policies.keep must be 1 day or more")
            #expect(try await fixture.queue.keep("jobs", for: .seconds(86400)) == false)
            #expect(try await fixture.queue.keep("token_usage", for: .seconds(90 * 86400)))
            let policies = try await fixture.queue.retentionPolicies()
            #expect(policies.count == 8)
            #expect(policies.first { $0.subject == "token_usage" }?.keep == "90 days")
            #expect(try await fixture.queue.keep("token_usage", for: nil))
            #expect(
                try await fixture.queue.retentionPolicies().allSatisfy { $0.keep == nil })
        }
    }
}
