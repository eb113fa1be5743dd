import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import TestSupport
import Testing

/// The queue of one test: emptied tables, a connection and a live worker. A suite that shares a
/// database is `.serialized`.
struct QueueFixture: Sendable {
    static let kinds = JobKind.allCases.map(\.rawValue)

    let database: TestDatabase
    let connection: PostgresConnection
    let worker = WorkerIdentity(
        host: "here", pid: 1, version: "test", queues: ["default"], kinds: Self.kinds,
        concurrency: 4, lease: .seconds(30))
    /// The agent and user of its agentkit and orchestrator jobs.
    let agent = UUID()
    let user = UUID()

    var queue: JobQueue { JobQueue(connection) }

    /// Runs `body` on emptied tables, and then looks for violated invariants.
    static func run(
        in suite: SuiteDatabase, _ body: (QueueFixture) async throws -> Void
    ) async throws {
        let database = try await suite.get()
        let fixture = QueueFixture(database: database, connection: try await database.connect())
        try await fixture.connection.execute(
            script: """
                TRUNCATE jobs, workers, job_attempts, token_usage, run_steps, agents,
                    agent_configurations, agent_executions, agent_logs, agent_stats,
                    agent_intensity_metrics, agent_generation_logs, agent_token_baselines,
                    schedules, agent_schedule_changes, pruned_runs, pruned_usage, legal_holds,
                    job_pauses, concurrency_limits, concurrency_keys, concurrency_slots,
                    hold_releases, user_weights, provider_cooldowns, default_models RESTART IDENTITY
                """)
        try await fixture.connection.query(
            """
            INSERT INTO agents (id, user_id, workflow_steps, plugins_required)
            VALUES ($1, $2, '[{"type": "action"}, {"type": "conditional"}]', '["mail"]')
            """, [.uuid(fixture.agent), .uuid(fixture.user)])
        try await fixture.queue.beat(fixture.worker)
        try await body(fixture)
        #expect(try await fixture.violations() == [])
        await fixture.connection.close()
    }

    /// Each violated invariant with its subject.
    func violations() async throws -> [String] {
        try await connection.query(
            "SELECT invariant || ' ' || subject || ': ' || detail AS line FROM invariant_violations"
        ).map { try $0.decode(String.self, "line") }
    }

    /// Enqueues a job of `kind` that every CHECK accepts.
    func enqueue(
        _ kind: JobKind, payload: JSONValue? = nil, priority: Int = 0, runAt: Date? = nil,
        maxAttempts: Int = 3, queue name: String = "default", uniqueKey: String? = nil
    ) async throws -> Int64 {
        let prompt: JSONValue = ["prompt": "a bot that greets"]
        return try await queue.enqueue(
            JobRequest(
                kind: kind.rawValue, payload: payload ?? (kind == .generation ? prompt : [:]),
                userID: user.uuidString, agentID: kind == .generation ? nil : agent, queue: name,
                priority: priority, runAt: runAt, maxAttempts: maxAttempts, uniqueKey: uniqueKey))
    }

    /// The next due job, claimed by the fixture's worker or another.
    func claim(as other: WorkerIdentity? = nil) async throws -> ClaimedJob {
        try #require(
            try await queue.claim(
                limit: 1, worker: (other ?? worker).id, queues: ["default"], kinds: Self.kinds
            ).first)
    }

    /// A job of `kind`, enqueued and claimed.
    func claimed(
        _ kind: JobKind, payload: JSONValue? = nil, maxAttempts: Int = 3,
        by other: WorkerIdentity? = nil
    ) async throws -> ClaimedJob {
        let id = try await enqueue(kind, payload: payload, maxAttempts: maxAttempts)
        let job = try await claim(as: other)
        try #require(job.id == id)
        return job
    }

    /// A second live worker.
    func otherWorker(lease: Duration = .seconds(30)) async throws -> WorkerIdentity {
        let other = WorkerIdentity(
            host: "there", pid: 2, version: "test", queues: ["default"], kinds: Self.kinds,
            concurrency: 4, lease: lease)
        try await queue.beat(other)
        return other
    }

    /// Makes a worker's last heartbeat older than its lease.
    func kill(_ dead: WorkerIdentity) async throws {
        try await connection.query(
            "UPDATE workers SET heartbeat_at = heartbeat_at - interval '1 hour' WHERE id = $1",
            [.uuid(dead.id)])
    }

    /// A model call of an attempt: with its tokens, or pending.
    func spend(
        _ job: ClaimedJob, input: Int? = nil, output: Int? = nil, status: String = "settled",
        model: String = "gpt-4.1", raw: JSONValue? = nil
    ) async throws {
        try await connection.query(
            """
            INSERT INTO token_usage (
                status, job_id, attempt_id, execution_id, agent_id, user_id, provider, model_name,
                activity_type, input_tokens, output_tokens, cached_tokens, cost_usd, raw_usage)
            VALUES ($1, $2, $3, $4, $5, $6, 'openai', $7, 'agent_execution', $8, $9, 0,
                $8::integer * 0.001, $10)
            """,
            [
                .text(status), .int64(job.id), .uuid(job.attemptID), .uuid(job.executionID),
                .orNull(job.agentID, PostgresParameter.uuid),
                .orNull(job.userID, PostgresParameter.text), .text(model),
                .orNull(input) { .int32(Int32($0)) }, .orNull(output) { .int32(Int32($0)) },
                .orNull(raw, PostgresParameter.json),
            ])
    }

    /// Settles one attempt and returns the verdict.
    func settle(
        _ job: ClaimedJob, _ outcome: Outcome, failure: RunFailure? = nil,
        output: JSONValue? = nil, run: JSONValue? = nil, generation: JSONValue? = nil
    ) async throws -> Verdict? {
        let settlement = Settlement(
            jobID: job.id, attemptID: job.attemptID, outcome: outcome, failure: failure,
            output: output, run: run, generation: generation)
        return try await queue.settle([settlement])[job.attemptID]?.verdict
    }

    /// The rows of a SELECT, each as a JSON object.
    func rows(
        _ sql: String, _ parameters: [PostgresParameter] = []
    ) async throws -> [JSONValue] {
        try await connection.query("SELECT to_jsonb(r) AS row FROM (\(sql)) AS r", parameters)
            .map { try $0.decode(JSONValue.self, "row") }
    }

    /// The one row of a SELECT.
    func row(_ sql: String, _ parameters: [PostgresParameter] = []) async throws -> JSONValue {
        let rows = try await rows(sql, parameters)
        try #require(rows.count == 1, "\(sql): \(rows.count) rows")
        return rows[0]
    }

    func job(_ id: Int64) async throws -> JSONValue {
        try await row("SELECT * FROM jobs WHERE id = $1", [.int64(id)])
    }

    /// A job's ledger, oldest first.
    func ledger(_ id: Int64) async throws -> [JSONValue] {
        try await rows(
            "SELECT * FROM job_attempts WHERE job_id = $1 ORDER BY started_at", [.int64(id)])
    }

    func generationLog(_ job: ClaimedJob) async throws -> JSONValue {
        try await row(
            "SELECT * FROM agent_generation_logs WHERE id = $1::uuid::text",
            [.uuid(job.executionID)])
    }

    func count(_ table: String) async throws -> Int {
        try await row("SELECT count(*) AS n FROM \(table)")["n"]?.intValue ?? -1
    }

    /// All tables as text.
    func snapshot() async throws -> [String: String] {
        let tables = try await rows(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).compactMap { $0["tablename"]?.stringValue }
        let contents = try await connection.pipeline(
            tables.map {
                PostgresCommand(
                    """
                    SELECT coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '') AS content
                    FROM "\($0)" AS t
                    """)
            })
        var snapshot: [String: String] = [:]
        for (table, rows) in zip(tables, contents) {
            snapshot[table] = try rows[0].decode(String.self, "content")
        }
        return snapshot
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
