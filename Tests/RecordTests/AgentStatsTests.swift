import FoundationEssentials
import Postgres
import TestSupport
import Testing

@Suite("agent stats", .timeLimit(.minutes(2)))
struct AgentStatsTests {
    static let database = SuiteDatabase(migrated: true)

    @Test("each call counts a run, and a success only when it says so: NULL is none")
    func counts() async throws {
        try await Records.undone(in: Self.database) { records in
            let (agent, user) = (UUID(), UUID())
            for success in [.bool(true), .bool(false), .null, .bool(true)] as [PostgresParameter] {
                try await records.query(
                    """
                    SELECT increment_agent_stats(
                        agent_id_input => $1, user_id_input => $2, success => $3)
                    """, [.uuid(agent), .uuid(user), success])
            }
            let row = try await records.rows("agent_stats", "agent_id", agent)[0]
            #expect(row["run_count"] == 4 && row["success_count"] == 2)
        }
    }

    @Test("users of one agent are counted apart, and the last run never moves back")
    func usersAndTimes() async throws {
        try await Records.undone(in: Self.database) { records in
            let (agent, user) = (UUID(), UUID())
            for time in ["2026-05-05T00:00:00Z", "2026-05-04T00:00:00Z"] {
                try await records.log([
                    Samples.with(
                        ["completed_at": .string(time)], Samples.report(agent: agent, user: user))
                ])
            }
            try await records.log([Samples.report(agent: agent)])
            let last: String = try await records.value(
                """
                SELECT (last_run_at AT TIME ZONE 'UTC')::text AS value FROM agent_stats
                WHERE agent_id = $1 AND user_id = $2
                """, [.uuid(agent), .uuid(user)])
            #expect(last == "2026-05-05 00:00:00")
            #expect(try await records.rows("agent_stats", "agent_id", agent).count == 2)
        }
    }
}
