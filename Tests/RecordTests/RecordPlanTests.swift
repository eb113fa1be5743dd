import FoundationEssentials
import JSON
import Postgres
import TestSupport
import Testing

@Suite("record plans", .timeLimit(.minutes(2)))
struct RecordPlanTests {
    static let database = SuiteDatabase(migrated: true)

    @Test("recording reads no table from end to end, even when planned over empty ones")
    func noSequentialScans() async throws {
        try await Records.undone(in: Self.database) { records in
            let agents = (0..<3).map { _ in UUID() }
            for _ in 0..<2 { try await records.log(agents.map { Samples.report(agent: $0) }) }
            let scans: Int64 = try await records.value(
                """
                SELECT sum(seq_scan)::bigint AS value FROM pg_stat_xact_user_tables
                WHERE relname IN ('agents', 'agent_executions', 'agent_logs', 'agent_stats',
                    'agent_intensity_metrics', 'agent_token_baselines')
                """)
            #expect(scans == 0)
        }
    }

    @Test("planner settings end with the call")
    func settings() async throws {
        try await Records.undone(in: Self.database) { records in
            try await records.query("SET LOCAL jit = on")
            try await records.log([Samples.report()])
            let settings: String = try await records.value(
                """
                SELECT concat_ws(' ', current_setting('jit'), current_setting('enable_seqscan'),
                    current_setting('search_path')) AS value
                """)
            #expect(settings == "on on \"$user\", public")
        }
    }
}
