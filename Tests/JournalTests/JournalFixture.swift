import FoundationEssentials
import JSON
import Jobs
import Journal
import Models
import Postgres
import RunLog
import TestSupport
import Testing

/// One job that is claimed, crashed, settled and claimed again by tests, on emptied tables. A suite
/// that shares a database is `.serialized`.
struct JournalFixture: Sendable {
    let database: TestDatabase
    let connection: PostgresConnection
    let pool: PostgresPool
    let worker: WorkerIdentity
    let jobID: Int64

    var queue: JobQueue { JobQueue(connection) }

    static func run(
        in suite: SuiteDatabase, maxAttempts: Int = 100,
        _ body: (JournalFixture) async throws -> Void
    ) async throws {
        let database = try await suite.get()
        let connection = try await database.connect()
        try await connection.execute(
            script: """
                TRUNCATE jobs, workers, job_attempts, token_usage, run_steps, agents,
                    agent_configurations, agent_executions, agent_logs, agent_stats,
                    agent_intensity_metrics, agent_generation_logs, agent_token_baselines
                """)
        let worker = WorkerIdentity(
            host: "here", pid: 1, version: "test", queues: ["default"], kinds: ["agentkit"],
            concurrency: 4, lease: .seconds(30))
        try await JobQueue(connection).beat(worker)
        let id = try await JobQueue(connection).enqueue(
            JobRequest(
                kind: "agentkit", payload: [:], userID: UUID().uuidString, agentID: UUID(),
                maxAttempts: maxAttempts))
        let fixture = JournalFixture(
            database: database, connection: connection, pool: database.pool(), worker: worker,
            jobID: id)
        try await body(fixture)
        #expect(try await fixture.rows("SELECT * FROM invariant_violations") == [])
        await fixture.pool.close()
        await connection.close()
    }

    /// The job, claimed for its next attempt.
    func claim() async throws -> ClaimedJob {
        try #require(
            try await queue.claim(
                limit: 1, worker: worker.id, queues: ["default"], kinds: ["agentkit"]
            ).first, "the job is not due")
    }

    /// The journal of an attempt.
    func journal(_ job: ClaimedJob, retention: Duration = .zero) -> AttemptJournal {
        AttemptJournal(
            pool: pool,
            attempt: AttemptContext(
                jobID: job.id, attemptID: job.attemptID, executionID: job.executionID,
                agentID: job.agentID, userID: job.userID),
            patience: .seconds(5), retention: retention)
    }

    /// Has the job taken back, as if its worker had died, and announces the worker again.
    func crash() async throws {
        try await connection.query("DELETE FROM workers")
        let rescued = try await queue.rescue(limit: 10, rescuer: UUID(), held: [])
        try #require(rescued.count == 1)
        try await queue.beat(worker)
    }

    @discardableResult
    func settle(
        _ job: ClaimedJob, _ outcome: Outcome, failure: RunFailure? = nil, output: JSONValue? = nil
    ) async throws -> Verdict? {
        let settlement = Settlement(
            jobID: job.id, attemptID: job.attemptID, outcome: outcome, failure: failure,
            output: output)
        return try await queue.settle([settlement])[job.attemptID]?.verdict
    }

    func approve(
        _ decision: Approval.Decision = .approve, by approver: String = "ann",
        comment: String? = nil, event: String? = nil, content: JSONValue? = nil
    ) async throws -> String {
        try await queue.approve(
            Approval(
                jobID: jobID, decision: decision, approver: approver, comment: comment,
                event: event, content: content))
    }

    /// The rows of a SELECT, each as a JSON object.
    func rows(
        _ sql: String, _ parameters: [PostgresParameter] = []
    ) async throws -> [JSONValue] {
        try await connection.query("SELECT to_jsonb(r) AS row FROM (\(sql)) AS r", parameters)
            .map { try $0.decode(JSONValue.self, "row") }
    }

    func job() async throws -> JSONValue {
        try await rows("SELECT * FROM jobs WHERE id = \(jobID)").first ?? .null
    }

    /// A step's row; nil when there is none.
    func step(_ key: String) async throws -> JSONValue? {
        try await rows("SELECT * FROM run_steps WHERE step_key = $1", [.text(key)]).first
    }

    func count(_ table: String) async throws -> Int {
        try await rows("SELECT count(*) AS n FROM \(table)").first?["n"]?.intValue ?? -1
    }

    /// How many calls are in the ledger, by status.
    func calls() async throws -> [String: Int] {
        var calls: [String: Int] = [:]
        for row in try await rows("SELECT status, count(*) AS n FROM token_usage GROUP BY 1") {
            calls[row["status"]?.stringValue ?? ""] = row["n"]?.intValue
        }
        return calls
    }

    static func intent(_ step: String, request: String = "request") -> CallIntent {
        CallIntent(
            provider: "openai", model: "gpt-4.1",
            activity: CallActivity(type: "agent_execution", name: "chat"), step: step,
            estimatedInputTokens: 40, maxOutputTokens: 500,
            fingerprint: Fingerprint.of(request))
    }

    static func reply(_ text: String) -> AccountedReply<String> {
        AccountedReply(
            reply: text, usage: CallUsage(inputTokens: 100, outputTokens: 20),
            model: "gpt-4.1-2025", responseBytes: 900)
    }

    static func step(
        _ key: String, _ effect: SideEffect = .none, request: String = "request"
    ) -> JournalStep {
        JournalStep(
            key: key, kind: .tool, fingerprint: Fingerprint.of(request), effect: effect)
    }
}

/// Expects that `row` has `expected`'s members among its own.
func expect(
    _ row: JSONValue?, has expected: JSONObject,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    for (key, value) in expected {
        #expect(row?[key] == value, "\(key) of \(row ?? .null)", sourceLocation: sourceLocation)
    }
}
