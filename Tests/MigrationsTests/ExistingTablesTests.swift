import Foundation
import Migrations
import Postgres
import TestSupport
import Testing

/// Tables that an upstream application has already, as the seed documents describe them.
@Suite("existing tables", .timeLimit(.minutes(2)))
struct ExistingTablesTests {
    private static let script = """
        CREATE TABLE agent_generation_logs (
            id VARCHAR PRIMARY KEY,
            user_id VARCHAR,
            prompt TEXT NOT NULL,
            existing_agent_id VARCHAR,
            is_update BOOLEAN DEFAULT FALSE,
            generated_agent_schema JSONB,
            identified_skills JSONB,
            openai_model VARCHAR,
            total_tokens INTEGER DEFAULT 0,
            input_tokens INTEGER DEFAULT 0,
            output_tokens INTEGER DEFAULT 0,
            input_tokens_details JSONB,
            completion_tokens_details JSONB,
            generation_time_ms INTEGER,
            retry_count INTEGER DEFAULT 0,
            validation_errors JSONB,
            success BOOLEAN DEFAULT FALSE,
            error_message TEXT,
            created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
            completed_at TIMESTAMP WITH TIME ZONE
        );
        INSERT INTO agent_generation_logs (id, user_id, prompt, total_tokens, success)
        VALUES ('log_abc123', 'user_456', 'Create a Twitter bot', 1250, true);

        CREATE TABLE agent_executions (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(), agent_id uuid NOT NULL,
            user_id uuid NOT NULL, execution_type text NOT NULL, status text NOT NULL,
            scheduled_at timestamptz NOT NULL, started_at timestamptz, completed_at timestamptz,
            execution_duration_ms integer, error_message text, logs jsonb);
        INSERT INTO agent_executions (agent_id, user_id, execution_type, status, scheduled_at)
        VALUES (gen_random_uuid(), gen_random_uuid(), 'manual', 'completed', now());

        CREATE TABLE agent_logs (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(), agent_id uuid NOT NULL,
            user_id uuid NOT NULL, run_output text, full_output jsonb, status text,
            created_at timestamptz);
        INSERT INTO agent_logs (agent_id, user_id, status)
        VALUES (gen_random_uuid(), gen_random_uuid(), 'old');

        CREATE TABLE agent_stats (
            agent_id uuid NOT NULL, user_id uuid NOT NULL, run_count integer DEFAULT 0,
            success_count integer DEFAULT 0, UNIQUE (agent_id, user_id));
        INSERT INTO agent_stats VALUES (gen_random_uuid(), gen_random_uuid(), 5, 4);

        CREATE TABLE agents (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL, agent_name text,
            workflow_steps jsonb, plugins_required text[] NOT NULL DEFAULT '{}');
        INSERT INTO agents (id, user_id, agent_name, plugins_required, workflow_steps)
        VALUES ('6b1e2f1c-4c1a-4b58-9d2c-2f9f0f5f1a11', gen_random_uuid(), 'mail', '{gmail,slack}',
            '[{"type": "conditional"}, {"type": "loop", "parallel": true}]');

        CREATE TABLE run_memories (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(), agent_id uuid NOT NULL,
            user_id uuid NOT NULL, execution_id uuid, run_number integer NOT NULL,
            run_timestamp timestamptz NOT NULL, summary text NOT NULL, key_outcomes jsonb,
            importance_score smallint, UNIQUE (agent_id, run_number));
        CREATE INDEX memories_of_agent ON run_memories (agent_id, run_timestamp DESC);
        INSERT INTO run_memories (agent_id, user_id, run_number, run_timestamp, summary)
        VALUES (gen_random_uuid(), gen_random_uuid(), 7, now(), 'old');

        CREATE TABLE user_memory (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL,
            memory_key text NOT NULL, memory_value text NOT NULL, memory_type text,
            importance numeric(3,2), UNIQUE (user_id, memory_key));
        INSERT INTO user_memory (user_id, memory_key, memory_value)
        VALUES (gen_random_uuid(), 'language', 'Norwegian');
        """

    private static let tables = [
        "agent_generation_logs", "agent_executions", "agent_logs", "agent_stats", "agents",
        "run_memories", "user_memory",
    ]

    private func contents(
        _ connection: PostgresConnection, _ table: String, _ columns: [String]
    ) async throws -> [String] {
        let list = columns.map { "'\($0)', \($0)" }.joined(separator: ", ")
        return try await connection.query(
            "SELECT jsonb_build_object(\(list))::text AS line FROM \(table)"
        ).map { try $0.decode(String.self, "line") }
    }

    /// Column names with their types.
    private func columns(
        _ connection: PostgresConnection, _ table: String
    ) async throws -> [String: String] {
        let rows = try await connection.query(
            """
            SELECT column_name::text, data_type::text FROM information_schema.columns
            WHERE table_name = $1
            """, [.text(table)])
        return try Dictionary(
            uniqueKeysWithValues: rows.map {
                (
                    try $0.decode(String.self, "column_name"),
                    try $0.decode(String.self, "data_type")
                )
            })
    }

    @Test("tables that exist gain the columns they lack, and keep their rows and types")
    func gain() async throws {
        let database = try await TestDatabase.make()
        let fresh = try await TestDatabase.make(migrated: true)
        let connection = try await database.connect()
        let reference = try await fresh.connect()
        try await connection.execute(script: Self.script)
        var before: [String: (columns: [String: String], rows: [String])] = [:]
        for table in Self.tables {
            let columns = try await columns(connection, table)
            before[table] = (
                columns, try await contents(connection, table, columns.keys.sorted())
            )
        }
        _ = try await Migrator(connection).migrate()
        for (table, old) in before {
            let now = try await columns(connection, table)
            for (name, type) in old.columns { #expect(now[name] == type, "\(table).\(name)") }
            let rows = try await contents(connection, table, old.columns.keys.sorted())
            #expect(rows == old.rows && rows.count == 1, "\(table)")
            let missing = try await columns(reference, table).keys.filter { now[$0] == nil }
            #expect(missing.isEmpty, "\(table) lacks \(missing)")
        }
        let doubled = try await connection.query(
            """
            SELECT FROM pg_indexes WHERE tablename = 'run_memories'
            AND indexdef LIKE '%(agent_id, run_timestamp DESC)%'
            """)
        #expect(doubled.count == 1, "an index that exists is made again under another name")
        await connection.close()
        await reference.close()
        for database in [database, fresh] { try await database.drop() }
    }

    @Test("jobs settle into tables that existed")
    func settle() async throws {
        let database = try await TestDatabase.make()
        let connection = try await database.connect()
        try await connection.execute(script: Self.script)
        _ = try await Migrator(connection).migrate()
        // The queue in plain SQL, as another language would use it.
        try await connection.execute(
            script: """
                INSERT INTO workers (id, host, pid, version, queues, kinds, concurrency)
                VALUES (gen_random_uuid(), 'here', 1, 'test', '{default}', '{agentkit}', 1);
                SELECT enqueue_job(
                    'agentkit', user_id => gen_random_uuid()::text,
                    agent_id => '6b1e2f1c-4c1a-4b58-9d2c-2f9f0f5f1a11');
                SELECT enqueue_job('generation', '{"prompt": "p"}');
                UPDATE jobs SET state = 'running', attempt = 1, attempt_id = gen_random_uuid(),
                    worker_id = (SELECT id FROM workers), claimed_at = now(), scheduled_at = run_at;
                SELECT settle_jobs(jsonb_agg(jsonb_build_object(
                    'job_id', id, 'attempt_id', attempt_id, 'outcome', 'completed'))) FROM jobs;
                """)
        for table in ["agent_executions", "agent_logs", "agent_stats", "agent_generation_logs"] {
            let rows = try await connection.query("SELECT count(*) AS n FROM \(table)")
            #expect(try rows[0].decode(Int64.self, "n") == 2, "\(table)")
        }
        let metrics = try await connection.query(
            """
            SELECT workflow_steps_count, conditional_branches_count, loop_iterations_count,
                parallel_execution_count, unique_plugins_used::bigint AS plugins
            FROM agent_intensity_metrics
            """)
        #expect(try metrics[0].decode(Int64.self, "workflow_steps_count") == 2)
        #expect(try metrics[0].decode(Int64.self, "conditional_branches_count") == 1)
        #expect(try metrics[0].decode(Int64.self, "loop_iterations_count") == 1)
        #expect(try metrics[0].decode(Int64.self, "parallel_execution_count") == 1)
        #expect(try metrics[0].decode(Int64.self, "plugins") == 2)
        #expect(
            try await connection.query(
                "SELECT FROM invariant_violations WHERE subject LIKE 'job %'"
            ).isEmpty)
        await connection.close()
        try await database.drop()
    }
}
