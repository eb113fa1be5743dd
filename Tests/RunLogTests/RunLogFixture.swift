import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import RunLog
import TestSupport
import Testing

/// One test's claimed job on emptied tables. A suite that shares a database is `.serialized`.
struct RunLogFixture: Sendable {
    static let intent = intent(step: "iteration1")

    static func intent(step: String) -> CallIntent {
        CallIntent(
            provider: "openai", model: "gpt-4.1",
            activity: CallActivity(type: "agent_execution", name: "chat"), step: step,
            estimatedInputTokens: 40, maxOutputTokens: 500,
            fingerprint: Fingerprint.of("request"))
    }

    let database: TestDatabase
    let connection: PostgresConnection
    let worker: WorkerIdentity
    let job: ClaimedJob

    var queue: JobQueue { JobQueue(connection) }

    var attempt: AttemptContext {
        AttemptContext(
            jobID: job.id, attemptID: job.attemptID, executionID: job.executionID,
            agentID: job.agentID, userID: job.userID)
    }

    static func run(
        in suite: SuiteDatabase, kind: JobKind = .agentkit, payload: JSONValue = ["prompt": "p"],
        _ body: (RunLogFixture) async throws -> Void
    ) async throws {
        let database = try await suite.get()
        let connection = try await database.connect()
        try await connection.execute(
            script: """
                TRUNCATE jobs, workers, job_attempts, token_usage, run_steps, agents,
                    agent_configurations, agent_executions, agent_logs, agent_stats,
                    agent_intensity_metrics, agent_generation_logs, agent_token_baselines,
                    model_prices, budgets, budget_windows, budget_charges,
                    run_memories, user_memory
                """)
        let worker = WorkerIdentity(
            host: "here", pid: 1, version: "test", queues: ["default"], kinds: [kind.rawValue],
            concurrency: 4, lease: .seconds(30))
        let queue = JobQueue(connection)
        try await queue.beat(worker)
        _ = try await queue.enqueue(
            JobRequest(
                kind: kind.rawValue, payload: payload, userID: UUID().uuidString,
                agentID: kind == .generation ? nil : UUID()))
        let job = try #require(
            try await queue.claim(
                limit: 1, worker: worker.id, queues: ["default"], kinds: [kind.rawValue]
            ).first)
        let fixture = RunLogFixture(
            database: database, connection: connection, worker: worker, job: job)
        try await body(fixture)
        #expect(try await fixture.rows(budgetViolations) == [], "budgets and charges differ")
        #expect(
            try await fixture.rows("SELECT * FROM invariant_violations") == [],
            "an invariant is violated")
        await connection.close()
    }

    /// Windows whose sums are not those of their charges, and charges that outlived their attempt as
    /// reservations.
    static let budgetViolations = """
        SELECT w.budget_id, w.subject FROM budget_windows w
        LEFT JOIN budget_charges c USING (budget_id, subject, starts_at)
        GROUP BY w.budget_id, w.subject, w.starts_at
        HAVING (w.reserved_tokens, w.reserved_usd, w.spent_tokens, w.spent_usd) IS DISTINCT FROM (
            coalesce(sum(c.tokens) FILTER (WHERE c.state = 'reserved'), 0),
            coalesce(sum(c.usd) FILTER (WHERE c.state = 'reserved'), 0),
            coalesce(sum(c.tokens) FILTER (WHERE c.state = 'spent'), 0),
            coalesce(sum(c.usd) FILTER (WHERE c.state = 'spent'), 0))
        UNION ALL
        SELECT c.budget_id, c.subject FROM budget_charges c
        JOIN token_usage u ON u.id = c.usage_id
        JOIN job_attempts a ON a.attempt_id = u.attempt_id
        WHERE c.state = 'reserved'
        """

    static let usage = CallUsage(
        inputTokens: 100, outputTokens: 20, cachedTokens: 64, cacheWriteTokens: 30,
        cacheWrite1hTokens: 10, reasoningTokens: 8, serviceTier: "priority",
        raw: ["prompt_tokens": 100, "odd": "\0"])

    static func reply(usage: CallUsage = usage) -> AccountedReply<String> {
        AccountedReply(reply: "hello", usage: usage, model: "gpt-4.1-2025", responseBytes: 900)
    }

    /// Runs `body` with the journal of a claimed job.
    static func withJournal(
        in suite: SuiteDatabase, kind: JobKind = .agentkit, patience: Duration = .seconds(20),
        _ body: (RunLogFixture, AttemptJournal) async throws -> Void
    ) async throws {
        try await run(in: suite, kind: kind) { fixture in
            let pool = fixture.database.pool()
            try await body(
                fixture,
                AttemptJournal(pool: pool, attempt: fixture.attempt, patience: patience))
            await pool.close()
        }
    }

    /// Has the job taken back, as if its worker had died.
    func rescue() async throws {
        try await connection.query("DELETE FROM workers")
        let rescued = try await queue.rescue(limit: 10, rescuer: UUID(), held: [])
        #expect(rescued.map(\.attemptID) == [job.attemptID])
    }

    /// The rows of a SELECT, each as a JSON object.
    func rows(
        _ sql: String, _ parameters: [PostgresParameter] = []
    ) async throws -> [JSONValue] {
        try await connection.query("SELECT to_jsonb(r) AS row FROM (\(sql)) AS r", parameters)
            .map { try $0.decode(JSONValue.self, "row") }
    }

    /// The one row of `token_usage`.
    func usage() async throws -> JSONValue {
        let rows = try await rows("SELECT * FROM token_usage")
        try #require(rows.count == 1, "\(rows.count) rows of token_usage")
        return rows[0]
    }
}

/// Expects that `row` has `expected`'s members among its own.
func expect(
    _ row: JSONValue, has expected: JSONObject, sourceLocation: SourceLocation = #_sourceLocation
) {
    for (key, value) in expected {
        #expect(row[key] == value, "\(key) of \(row)", sourceLocation: sourceLocation)
    }
}
