import Foundation
import JSON
import Postgres
import TestSupport
import Testing

/// The files themselves: repeatable, and kind to tables that exist.
@Suite("record migrations", .timeLimit(.minutes(2)))
struct MigrationFileTests {
    private func apply(_ connection: PostgresConnection) async throws {
        for name in ["0001_records", "0002_run_records"] {
            let path = PackageRoot.path("migrations/\(name).sql")
            let script = try String(contentsOfFile: path, encoding: .utf8)
            try await connection.transaction { try await $0.execute(script: script) }
        }
    }

    @Test("applying the files again changes nothing and keeps what was configured")
    func again() async throws {
        let database = try await TestDatabase.make()
        let connection = try await database.connect()
        try await apply(connection)
        try await connection.query(
            "UPDATE ais_system_config SET config_value = 9 WHERE config_key = 'ais_weight_tokens'")
        try await connection.query(
            """
            INSERT INTO token_usage (agent_id, activity_type, output_tokens)
            VALUES (gen_random_uuid(), 'agent_execution', 7)
            """)
        let shape = """
            SELECT jsonb_agg(
                    jsonb_build_array(table_name, column_name, data_type)
                    ORDER BY table_name, column_name)
                || (SELECT jsonb_agg(indexname::text ORDER BY indexname) FROM pg_indexes
                    WHERE schemaname = 'public')
                || (SELECT jsonb_agg(conname::text ORDER BY conname) FROM pg_constraint
                    WHERE connamespace = 'public'::regnamespace) AS shape
            FROM information_schema.columns WHERE table_schema = 'public'
            """
        let before = try await connection.query(shape)[0].decode(JSONValue.self, "shape")
        try await apply(connection)
        #expect(try await connection.query(shape)[0].decode(JSONValue.self, "shape") == before)
        let row = try await connection.query(
            """
            SELECT w_tokens, (SELECT sum(output_rows)::bigint FROM agent_token_baselines) AS rows,
                (SELECT count(*) FROM agent_worker_migrations) AS versions FROM ais_settings
            """)[0]
        #expect(try row.decode(Double.self, "w_tokens") == 9)
        #expect(try row.decode(Int.self, "rows") == 1)
        #expect(try row.decode(Int.self, "versions") == 2)
        await connection.close()
        try await database.drop()
    }

    @Test("an application's own tables keep their types, gain what they lack, and take records")
    func existingTables() async throws {
        let database = try await TestDatabase.make()
        let connection = try await database.connect()
        try await connection.execute(script: Self.existing)
        try await apply(connection)
        let types = try await connection.query(
            """
            SELECT string_agg(data_type, ',' ORDER BY table_name, column_name) AS types
            FROM information_schema.columns
            WHERE (table_name, column_name) IN (('agents', 'plugins_required'),
                ('token_usage', 'total_tokens'), ('agent_logs', 'full_output'),
                ('agent_generation_logs', 'success'))
            """)
        #expect(
            try types[0].decode(String.self, "types") == "boolean,json,ARRAY,integer")
        let baseline = try await connection.query(
            "SELECT output_sum, output_rows FROM agent_token_baselines")
        #expect(try baseline[0].decode(Int.self, "output_sum") == 900)
        #expect(try baseline[0].decode(Int.self, "output_rows") == 2)
        let agent = try #require(UUID(uuidString: Self.agent))
        try await connection.query(
            "SELECT log_agent_runs($1)",
            [.json([Samples.report(agent: agent), Samples.report(agent: agent)])])
        let row = try await connection.query(
            """
            SELECT (SELECT sum(run_count)::integer FROM agent_stats) AS runs,
                m.total_executions::bigint AS executions, m.combined_score::float8 AS combined,
                a.intensity_score::float8 AS intensity
            FROM agent_intensity_metrics m JOIN agents a ON a.id = m.agent_id
            """)[0]
        #expect(try row.decode(Int32.self, "runs") == 3)
        // The application's row had no figures yet, not even a creation score.
        #expect(try row.decode(Int.self, "executions") == 2)
        #expect(try row.decode(Double.self, "combined") == 5)
        #expect(try row.decode(Double.self, "intensity") == 5)
        await connection.close()
        try await database.drop()
    }

    private static let agent = "0f0e0d0c-0b0a-4908-8706-050403020100"

    /// As an upstream application may have them: other keys, other types, fewer columns.
    private static let existing = """
        CREATE TABLE agents (id uuid PRIMARY KEY, user_id uuid, plugins_required text[],
            intensity_score numeric(4,2));
        INSERT INTO agents (id) VALUES ('\(agent)');
        CREATE TABLE agent_stats (id bigserial PRIMARY KEY, agent_id uuid, user_id uuid,
            run_count integer, success_count integer);
        INSERT INTO agent_stats (agent_id, user_id, run_count, success_count)
            VALUES ('\(agent)', gen_random_uuid(), 1, 1);
        CREATE TABLE agent_logs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), agent_id uuid,
            user_id uuid, run_output text, full_output json, status text);
        CREATE TABLE agent_intensity_metrics (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
            agent_id uuid, user_id uuid, creation_score numeric(4,2),
            combined_score numeric(4,2), total_executions integer);
        INSERT INTO agent_intensity_metrics (agent_id) VALUES ('\(agent)');
        CREATE TABLE token_usage (id bigserial PRIMARY KEY, agent_id uuid, activity_type text,
            input_tokens integer, output_tokens integer, total_tokens integer);
        INSERT INTO token_usage (agent_id, activity_type, output_tokens)
            VALUES ('\(agent)', 'agent_execution', 400), ('\(agent)', 'agent_execution', 500);
        CREATE TABLE agent_generation_logs (id VARCHAR PRIMARY KEY, user_id VARCHAR,
            prompt TEXT NOT NULL, existing_agent_id VARCHAR, is_update BOOLEAN DEFAULT FALSE,
            generated_agent_schema JSONB, identified_skills JSONB, openai_model VARCHAR,
            total_tokens INTEGER DEFAULT 0, input_tokens INTEGER DEFAULT 0,
            output_tokens INTEGER DEFAULT 0, input_tokens_details JSONB,
            completion_tokens_details JSONB, generation_time_ms INTEGER,
            retry_count INTEGER DEFAULT 0, validation_errors JSONB, success BOOLEAN DEFAULT FALSE,
            error_message TEXT, created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
            completed_at TIMESTAMP WITH TIME ZONE);
        """
}
