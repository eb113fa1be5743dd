import Postgres
import TestSupport
import Testing

/// What an upstream application reads when its INSERT is refused.
@Suite("constraints", .timeLimit(.minutes(2)))
struct ConstraintTests {
    static let database = SuiteDatabase(migrated: true)

    struct Bad: Sendable, CustomTestStringConvertible {
        let columns: String
        let values: String
        let constraint: String

        init(_ columns: String, _ values: String, _ constraint: String) {
            self.columns = columns
            self.values = values
            self.constraint = constraint
        }

        var testDescription: String { "\(columns) = \(values)" }
    }

    private static let prompt = #"'generation', '{"prompt": "p"}'"#
    private static let user = "'6b1e2f1c-4c1a-4b58-9d2c-2f9f0f5f1a11'"
    private static let ofAgents = "agentkit and orchestrator jobs need"

    static let bad = [
        Bad("kind, payload", "'x', '[]'", "jobs.payload must be a JSON object"),
        Bad("kind, payload", "'x', '\"text\"'", "jobs.payload must be a JSON object"),
        Bad("kind, payload", "'x', 'null'", "jobs.payload must be a JSON object"),
        Bad("kind, user_id", "'agentkit', \(user)", "\(ofAgents) jobs.agent_id"),
        Bad("kind, user_id", "'orchestrator', \(user)", "\(ofAgents) jobs.agent_id"),
        Bad("kind, agent_id", "'agentkit', \(user)", "\(ofAgents) a UUID jobs.user_id"),
        Bad(
            "kind, agent_id, user_id", "'agentkit', \(user), 'bob'",
            "\(ofAgents) a UUID jobs.user_id"),
        Bad(
            "kind, agent_id, user_id", "'orchestrator', \(user), \(user) || 'x'",
            "\(ofAgents) a UUID jobs.user_id"),
        Bad("kind", "'generation'", "generation jobs need a text in payload.prompt"),
        Bad(
            "kind, payload", #"'generation', '{"prompt": 7}'"#,
            "generation jobs need a text in payload.prompt"),
        Bad(
            "kind, payload", #"'generation', '{"prompt": null}'"#,
            "generation jobs need a text in payload.prompt"),
        Bad("kind, payload, priority", "\(prompt), 12", "jobs.priority must be 0 (first) to 9"),
        Bad("kind, payload, priority", "\(prompt), -1", "jobs.priority must be 0 (first) to 9"),
        Bad("kind, payload, run_at", "\(prompt), 'infinity'", "jobs.run_at must be a finite time"),
        Bad("kind, payload, run_at", "\(prompt), '-infinity'", "jobs.run_at must be a finite time"),
        Bad("kind, payload, max_attempts", "\(prompt), 0", "jobs.max_attempts must be 1 to 100"),
        Bad("kind, payload, max_attempts", "\(prompt), 101", "jobs.max_attempts must be 1 to 100"),
        Bad("kind, payload, timeout_s", "\(prompt), 0", "jobs.timeout_s must be 1 to 86400"),
        Bad("kind, payload, timeout_s", "\(prompt), 90000", "jobs.timeout_s must be 1 to 86400"),
        Bad(
            "kind, payload, execution_type", "\(prompt), 'cron'",
            "jobs.execution_type must be manual or scheduled"),
        Bad("kind", "''", "jobs.kind and jobs.queue must be 1 to 100 characters"),
        Bad("kind", "repeat('k', 101)", "jobs.kind and jobs.queue must be 1 to 100 characters"),
        Bad(
            "kind, payload, queue", "\(prompt), ''",
            "jobs.kind and jobs.queue must be 1 to 100 characters"),
        Bad(
            "kind, payload, unique_key", "\(prompt), ''",
            "jobs.unique_key must be 1 to 500 characters"),
        Bad(
            "kind, payload, unique_key", "\(prompt), repeat('k', 501)",
            "jobs.unique_key must be 1 to 500 characters"),
        Bad("kind, payload, state", "\(prompt), 'done'", "jobs.state must be one the queue knows"),
        Bad(
            "kind, payload, state", "\(prompt), 'running'",
            "running needs attempt_id, worker_id, claimed_at"),
        Bad(
            "kind, payload, attempt_id", "\(prompt), \(user)",
            "only running has an attempt_id"),
        Bad("kind, payload, state", "\(prompt), 'held'", "held needs hold_reason"),
        Bad(
            "kind, payload, state", "\(prompt), 'completed'",
            "final states and only they have finished_at"),
        Bad(
            "kind, payload, finished_at", "\(prompt), now()",
            "final states and only they have finished_at"),
    ]

    @Test("a bad job is refused by the constraint that names its fault", arguments: bad)
    func refusals(bad: Bad) async throws {
        let connection = try await Self.database.get().connect()
        let error = await #expect(throws: PostgresError.self) {
            try await connection.query("INSERT INTO jobs (\(bad.columns)) VALUES (\(bad.values))")
        }
        #expect(error?.sqlState == "23514")
        #expect(error?.constraint == bad.constraint)
        await connection.close()
    }

    @Test("an execution id is used once")
    func executionID() async throws {
        let connection = try await Self.database.get().connect()
        let error = await #expect(throws: PostgresError.self) {
            try await connection.query(
                """
                INSERT INTO jobs (kind, execution_id)
                SELECT 'x', \(Self.user)::uuid FROM generate_series(1, 2)
                """)
        }
        #expect(error?.constraint == "jobs.execution_id must be unique")
        await connection.close()
    }

    @Test("every CHECK of jobs has a bad job above")
    func complete() async throws {
        let connection = try await Self.database.get().connect()
        let checks = try await connection.query(
            """
            SELECT conname::text FROM pg_constraint
            WHERE conrelid = 'jobs'::regclass AND contype = 'c'
            """
        ).map { try $0.decode(String.self, "conname") }
        #expect(Set(checks) == Set(Self.bad.map(\.constraint)))
        await connection.close()
    }
}
