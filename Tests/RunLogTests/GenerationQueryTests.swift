import FoundationEssentials
import JSON
import Postgres
import RunLog
import TestSupport
import Testing

/// The seed's useful queries, as written there, on a table of 100,000 generations.
@Suite("generation queries", .serialized, .timeLimit(.minutes(2)))
struct GenerationQueryTests {
    static let database = SuiteDatabase(migrated: true)

    static let tokensByUser = """
        SELECT user_id, COUNT(*) as generations, SUM(total_tokens) as tokens_used,
               SUM(CASE WHEN success THEN 1 ELSE 0 END) as successful
        FROM agent_generation_logs 
        WHERE created_at >= NOW() - INTERVAL '30 days'
        GROUP BY user_id ORDER BY tokens_used DESC;
        """

    static let performance = """
        SELECT DATE(created_at) as date, COUNT(*) as requests,
               AVG(generation_time_ms) as avg_time, AVG(retry_count) as avg_retries,
               AVG(CASE WHEN success THEN 1.0 ELSE 0.0 END) as success_rate
        FROM agent_generation_logs 
        WHERE created_at >= NOW() - INTERVAL '7 days'
        GROUP BY DATE(created_at);
        """

    /// Ten rows an hour: 100,000 span more than a year, 7 days are 1.7 % and 30 days 7 %.
    private func fill(_ connection: PostgresConnection) async throws {
        try await connection.execute(
            script: """
                TRUNCATE agent_generation_logs;
                INSERT INTO agent_generation_logs (
                    id, user_id, prompt, total_tokens, success, generation_time_ms, retry_count,
                    generated_agent_schema, created_at)
                SELECT 'log' || n, 'user' || n % 100, repeat('prompt ', 10), n % 1000, n % 4 > 0,
                    n % 5000, n % 3, '{"name": "agent"}', now() - n * interval '6 minutes'
                FROM generate_series(1, 100000) AS n;
                """)
        try await connection.query("VACUUM ANALYZE agent_generation_logs")
    }

    private func plan(
        _ connection: PostgresConnection, _ sql: String
    ) async throws -> String {
        try await connection.query("EXPLAIN \(sql)")
            .map { try $0.decode(String.self, "QUERY PLAN") }.joined(separator: "\n")
    }

    @Test("the queries run unchanged, answer rightly and read a range of an index")
    func queries() async throws {
        let connection = try await Self.database.get().connect()
        try await fill(connection)
        for query in [Self.tokensByUser, Self.performance] {
            let plan = try await plan(connection, query)
            #expect(!plan.contains("Seq Scan"), "\(plan)")
            #expect(plan.contains("agent_generation_logs_created_at_idx"), "\(plan)")
        }
        let users = try await connection.query(Self.tokensByUser)
        #expect(users.count == 100)
        let counted = try users.reduce(0) { try $0 + $1.decode(Int64.self, "generations") }
        #expect((7198...7201).contains(counted))
        let days = try await connection.query(Self.performance)
        #expect((7...8).contains(days.count))
        let requests = try days.reduce(0) { try $0 + $1.decode(Int64.self, "requests") }
        #expect((1678...1681).contains(requests))

        let history = """
            SELECT * FROM agent_generation_logs
            WHERE user_id = 'user7' ORDER BY created_at DESC, id DESC LIMIT 50
            """
        let historyPlan = try await plan(connection, history)
        #expect(!historyPlan.contains("Seq Scan"), "\(historyPlan)")
        #expect(historyPlan.contains("agent_generation_logs_user_id_created_at_idx"))
        let entries = try await GenerationLog(connection).get(user: "user7")
        #expect(entries.count == 50 && entries.first?.id == "log7" && entries.last?.id == "log4907")
        await connection.close()
    }
}
