import FoundationEssentials
import Postgres
import TestSupport
import Testing

@Suite("token baselines", .timeLimit(.minutes(2)))
struct TokenBaselineTests {
    static let database = SuiteDatabase(migrated: true)

    /// The kept sums, and whether they equal a scan for every agent.
    private func baseline(_ agent: UUID, _ records: Records) async throws -> (sum: Int, rows: Int) {
        let different: Int = try await records.value(
            """
            SELECT count(*) AS value
            FROM (SELECT agent_id, sum(output_tokens) AS total, count(*) AS rows FROM token_usage
                  WHERE activity_type = 'agent_execution' AND output_tokens IS NOT NULL
                    AND agent_id IS NOT NULL
                  GROUP BY agent_id) AS scan
            FULL JOIN (SELECT * FROM agent_token_baselines WHERE output_rows <> 0) AS kept
                USING (agent_id)
            WHERE (total, rows) IS DISTINCT FROM (output_sum, output_rows)
            """)
        #expect(different == 0)
        let rows = try await records.query(
            "SELECT output_sum, output_rows FROM agent_token_baselines WHERE agent_id = $1",
            [.uuid(agent)])
        guard let row = rows.first else { return (0, 0) }
        return (try row.decode(Int.self, "output_sum"), try row.decode(Int.self, "output_rows"))
    }

    @Test("a row counts once it is an execution's and its output is known")
    func follows() async throws {
        try await Records.undone(in: Self.database) { records in
            let (agent, other) = (UUID(), UUID())
            func expect(_ sum: Int, _ rows: Int, of id: UUID) async throws {
                let found = try await baseline(id, records)
                #expect(found.sum == sum && found.rows == rows)
            }
            try await records.addUsage(agent, nil)
            try await records.addUsage(agent, 70, activity: "memory_creation")
            try await expect(0, 0, of: agent)
            try await records.query(
                "UPDATE token_usage SET output_tokens = 30 WHERE output_tokens IS NULL")
            try await expect(30, 1, of: agent)
            try await records.addUsage(agent, 12)
            try await records.addUsage(agent, 0)
            try await expect(42, 3, of: agent)
            try await records.query("UPDATE token_usage SET activity_type = 'agent_execution'")
            try await expect(112, 4, of: agent)
            try await records.query(
                "UPDATE token_usage SET agent_id = $1 WHERE output_tokens = 12", [.uuid(other)])
            try await expect(100, 3, of: agent)
            try await expect(12, 1, of: other)
            try await records.query("UPDATE token_usage SET latency_ms = 5")
            try await records.query("DELETE FROM token_usage WHERE output_tokens = 30")
            try await expect(70, 2, of: agent)
            try await records.query("TRUNCATE token_usage")
            try await expect(0, 0, of: agent)
        }
    }

    @Test("an application with a search path of its own can write token usage and record runs")
    func foreignSearchPath() async throws {
        try await Records.undone(in: Self.database) { records in
            try await records.query("SET LOCAL search_path TO pg_catalog")
            try await records.query(
                """
                INSERT INTO public.token_usage (agent_id, activity_type, output_tokens)
                VALUES (gen_random_uuid(), 'agent_execution', 5)
                """)
            let id = UUID()
            let answer: UUID = try await records.value(
                "SELECT public.log_agent_run($1) AS value", [.json(Samples.report(id: id))])
            #expect(answer == id)
        }
    }

    @Test("the total of tokens is kept by the table, and unknown while both parts are")
    func totals() async throws {
        try await Records.undone(in: Self.database) { records in
            let total: String = try await records.value(
                """
                WITH added AS (
                    INSERT INTO token_usage (input_tokens, output_tokens)
                    VALUES (2000000000, 2000000000), (5, NULL), (NULL, NULL) RETURNING total_tokens
                )
                SELECT string_agg(coalesce(total_tokens::text, '?'), ' ') AS value FROM added
                """)
            #expect(total == "4000000000 5 ?")
        }
    }
}
