import Postgres
import TestSupport
import Testing

@Suite("generation log", .timeLimit(.minutes(2)))
struct GenerationLogTests {
    static let database = SuiteDatabase(migrated: true)

    /// The seed's useful queries and a user's history, as written there.
    static let questions = [
        """
        SELECT user_id, COUNT(*) as generations, SUM(total_tokens) as tokens_used,
               SUM(CASE WHEN success THEN 1 ELSE 0 END) as successful
        FROM agent_generation_logs
        WHERE created_at >= NOW() - INTERVAL '30 days'
        GROUP BY user_id ORDER BY tokens_used DESC
        """,
        """
        SELECT DATE(created_at) as date, COUNT(*) as requests,
               AVG(generation_time_ms) as avg_time, AVG(retry_count) as avg_retries,
               AVG(CASE WHEN success THEN 1.0 ELSE 0.0 END) as success_rate
        FROM agent_generation_logs
        WHERE created_at >= NOW() - INTERVAL '7 days'
        GROUP BY DATE(created_at)
        """,
        """
        SELECT * FROM agent_generation_logs WHERE user_id = 'user 7'
        ORDER BY created_at DESC LIMIT 20
        """,
    ]

    @Test("the seed's questions and a user's history are answered from an index")
    func plans() async throws {
        try await Records.undone(in: Self.database) { records in
            try await records.query(
                """
                INSERT INTO agent_generation_logs (id, user_id, prompt, created_at, total_tokens)
                SELECT i::text, 'user ' || i % 100, repeat('prompt ', 40),
                    now() - i * interval '1 hour', i
                FROM generate_series(1, 5000) AS i
                """)
            try await records.query("ANALYZE agent_generation_logs")
            for question in Self.questions {
                let plan = try await records.query("EXPLAIN \(question)")
                    .map { try $0.decode(String.self, "QUERY PLAN") }.joined(separator: "\n")
                #expect(plan.contains("agent_generation_logs_"), "\(plan)")
                #expect(!plan.contains("Seq Scan"), "\(plan)")
                try await records.query(question)
            }
        }
    }

    @Test("a bare insert has the seed's defaults")
    func defaults() async throws {
        try await Records.undone(in: Self.database) { records in
            try await records.query(
                "INSERT INTO agent_generation_logs (id, prompt) VALUES ('log_abc123', 'p')")
            let row = try await records.query(
                """
                SELECT NOT is_update AND NOT success AND completed_at IS NULL
                    AND created_at IS NOT NULL
                    AND (total_tokens, input_tokens, output_tokens, cached_input_tokens, retry_count)
                        = (0, 0, 0, 0, 0) AS seed
                FROM agent_generation_logs
                """)[0]
            #expect(try row.decode(Bool.self, "seed"))
        }
    }
}
