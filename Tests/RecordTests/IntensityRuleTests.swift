import FoundationEssentials
import JSON
import TestSupport
import Testing

@Suite("intensity rules", .timeLimit(.minutes(2)))
struct IntensityRuleTests {
    static let database = SuiteDatabase(migrated: true)

    /// The metrics after one run of a new agent whose usual output is 100 tokens a call.
    private func metrics(
        _ changes: JSONValue, agent: UUID = UUID(), _ records: Records
    ) async throws -> JSONValue {
        try await records.addUsage(agent, 100)
        try await records.fold([Samples.with(changes, Samples.firstVector(agent))])
        return try await records.metrics(agent)
    }

    // The first run's ratio is output/1200, far below 0.5: the efficiency part is 0.7 · 10.
    @Test(
        "growth against the baseline raises the alert and the token score at its thresholds",
        arguments: [
            (124, 24, "none", 0), (125, 25, "monitor", 0.2), (149, 49, "monitor", 0.2),
            (150, 50, "rescore", 0.75), (199, 99, "rescore", 0.75), (200, 100, "upgrade", 1.25),
            (0, 0, "none", 0), (60, -40, "none", 0),
        ] as [(Int, Double, String, Double)])
    func growth(output: Int, rate: Double, alert: String, adjustment: Double) async throws {
        try await Records.undone(in: Self.database) { records in
            let metrics = try await metrics(["output_tokens": .init(output)], records)
            #expect(metrics["output_token_growth_rate"]?.doubleValue == rate)
            #expect(metrics["output_token_alert_level"]?.stringValue == alert)
            // Without output the ratio keeps its default 1: efficiency 8.
            let efficiency = output == 0 ? 5.6 : 7
            let score = metrics["token_complexity_score"]?.doubleValue ?? .nan
            #expect(abs(score - efficiency - adjustment) < 1e-9)
        }
    }

    @Test(
        "the ratio of output to input sets the efficiency",
        arguments: [
            (100, 10), (500, 10), (1000, 8), (1600, 5.6), (1750, 5), (3000, 0), (9000, 0),
        ] as [(Int, Double)])
    func efficiency(output: Int, efficiency: Double) async throws {
        try await Records.undone(in: Self.database) { records in
            let agent = UUID()
            try await records.fold([
                Samples.with(
                    ["input_tokens": 1000, "output_tokens": .init(output)],
                    Samples.firstVector(agent))
            ])
            let score = try await records.metrics(agent)["token_complexity_score"]?.doubleValue
            #expect(abs((score ?? .nan) - 0.7 * efficiency) < 1e-9)
        }
    }

    @Test("a success rate below 80 multiplies the adjustment by 1.3, at 80 not")
    func quality() async throws {
        try await Records.undone(in: Self.database) { records in
            for (failures, successes, adjustment) in [(1, 3, 0.975), (1, 4, 0.75)] {
                let agent = UUID()
                try await records.addUsage(agent, 100)
                let run = Samples.with(["output_tokens": 150], Samples.firstVector(agent))
                let failed = Samples.with(["was_successful": false], run)
                try await records.fold(
                    Array(repeating: failed, count: failures)
                        + Array(repeating: run, count: successes))
                let score = try await records.metrics(agent)["token_complexity_score"]?.doubleValue
                #expect(abs((score ?? .nan) - 7 - adjustment) < 1e-9)
            }
        }
    }

    @Test("a retry rate above its threshold adds 0.2 to the multiplier")
    func retryQuality() async throws {
        try await Records.undone(in: Self.database) { records in
            let metrics = try await metrics(["output_tokens": 150, "retry_count": 31], records)
            let score = metrics["token_complexity_score"]?.doubleValue ?? .nan
            #expect(abs(score - 7 - 0.75 * 1.2) < 1e-9)
        }
    }

    @Test("retries count as recovered only in a run that succeeded; runs without keep the rate")
    func retries() async throws {
        try await Records.undone(in: Self.database) { records in
            let agent = UUID()
            let run = Samples.firstVector(agent)
            try await records.fold([
                Samples.with(["retry_count": 2], run),
                Samples.with(["retry_count": 1, "was_successful": false], run),
                run,
            ])
            let metrics = try await records.metrics(agent)
            #expect(metrics["retry_rate"] == 1.5)
            #expect(metrics["error_recovery_count"] == 1)
        }
    }

    @Test("a zero leaves means and maxima of tools and workflow alone, and never of tokens")
    func zeros() async throws {
        try await Records.undone(in: Self.database) { records in
            let agent = UUID()
            let run = Samples.with(["tool_orchestration_time_ms": 500], Samples.firstVector(agent))
            let nothing: JSONValue = [
                "agent_id": .string(agent.uuidString), "user_id": .string(UUID().uuidString),
            ]
            try await records.fold([run, nothing])
            let metrics = try await records.metrics(agent)
            for (column, value) in [
                "avg_plugins_per_run": 2, "tool_orchestration_overhead_ms": 500,
                "workflow_steps_count": 5, "loop_iterations_count": 1, "input_output_ratio": 0.25,
                "memory_token_ratio": 0.2, "unique_plugins_used": 2,
                "avg_tokens_per_run": 750, "avg_output_tokens_per_run": 150,
                "avg_memory_tokens_per_run": 120, "avg_execution_duration_ms": 2100,
                "avg_iterations_per_run": 1.5, "success_rate": 50, "memory_entry_count": 0,
                "memory_type_diversity": 0, "memory_complexity_score": 0,
            ] as [String: Double] {
                #expect(metrics[column]?.doubleValue == value, "\(column)")
            }
        }
    }

    @Test("the mean duration is rounded half up after every run")
    func rounding() async throws {
        try await Records.undone(in: Self.database) { records in
            let agent = UUID()
            for (duration, mean) in [(1, 1), (2, 2), (2, 2), (1, 2), (5, 3)] {
                try await records.fold([
                    Samples.with(
                        ["execution_duration_ms": .init(duration)], Samples.firstVector(agent))
                ])
                let metrics = try await records.metrics(agent)
                #expect(metrics["avg_execution_duration_ms"]?.intValue == mean)
            }
        }
    }

    @Test("the combined score is the creation score until the configured number of runs")
    func minimumOfRuns() async throws {
        try await Records.undone(in: Self.database) { records in
            try await records.query(
                """
                UPDATE ais_system_config SET config_value = 2
                WHERE config_key = 'min_executions_for_score'
                """)
            let agent = UUID()
            try await records.fold([Samples.firstVector(agent)])
            #expect(try await records.metrics(agent)["combined_score"] == 5)
            try await records.fold([Samples.firstVector(agent)])
            let metrics = try await records.metrics(agent)
            let execution = metrics["execution_score"]?.doubleValue ?? .nan
            let combined = metrics["combined_score"]?.doubleValue ?? .nan
            #expect(abs(combined - (1.5 + 0.7 * execution)) < 1e-9)
            #expect(metrics["intensity_score"] == metrics["combined_score"])
        }
    }

    @Test("the agent's row follows its score in the same transaction")
    func agentRow() async throws {
        try await Records.undone(in: Self.database) { records in
            let agent = UUID()
            try await records.query("INSERT INTO agents (id) VALUES ($1)", [.uuid(agent)])
            try await records.fold(Array(repeating: Samples.firstVector(agent), count: 5))
            let row = try await records.rows("agents", "id", agent)[0]
            #expect(row["intensity_score"] == (try await records.metrics(agent))["combined_score"])
            #expect(row["last_intensity_update"] != .null)
        }
    }

    @Test("deleted settings count as built in; a range that spans nothing says nothing")
    func missingSettings() async throws {
        try await Records.undone(in: Self.database) { records in
            let agents = [UUID(), UUID()]
            try await records.query("DELETE FROM ais_system_config")
            try await records.fold([Samples.firstVector(agents[0])])
            #expect(try await records.metrics(agents[0])["workflow_complexity_score"] == 1.29)
            try await records.query(
                """
                UPDATE ais_normalization_ranges SET best_practice_max = best_practice_min
                WHERE range_key = 'workflow_steps'
                """)
            try await records.fold([Samples.firstVector(agents[1])])
            let score = try await records.metrics(agents[1])["workflow_complexity_score"]
            #expect(abs((score?.doubleValue ?? .nan) - 0.29) < 1e-9)
        }
    }

    @Test("a dynamic range is used only where it spans something")
    func dynamicRanges() async throws {
        try await Records.undone(in: Self.database) { records in
            try await records.query(
                """
                UPDATE ais_normalization_ranges SET active_mode = 1,
                    dynamic_max = CASE range_key WHEN 'workflow_steps' THEN 10 ELSE 0 END
                """)
            let steps: String = try await records.value(
                """
                SELECT min_value || '-' || max_value AS value FROM get_active_ais_ranges()
                WHERE range_key = 'workflow_steps'
                """)
            #expect(steps == "0.00-10.00")
            let agent = UUID()
            try await records.fold([Samples.firstVector(agent)])
            let metrics = try await records.metrics(agent)
            #expect(abs((metrics["workflow_complexity_score"]?.doubleValue ?? 0) - 2.29) < 1e-9)
            #expect(metrics["token_complexity_score"] == 7)
            #expect(metrics["memory_complexity_score"] != 0)
        }
    }

    @Test(
        "scores have a band and a multiplier",
        arguments: [
            (-1, "Low (0-3)", 1), (0, "Low (0-3)", 1), (2.99, "Low (0-3)", 1.299),
            (3, "Medium (3-6)", 1.3), (5.99, "Medium (3-6)", 1.599), (6, "High (6-10)", 1.6),
            (10, "High (6-10)", 2), (11, "High (6-10)", 2),
        ] as [(Double, String, Double)])
    func bands(score: Double, band: String, multiplier: Double) async throws {
        try await Records.undone(in: Self.database) { records in
            let found: String = try await records.value(
                "SELECT intensity_range($1) AS value", [.double(score)])
            #expect(found == band)
            let factor: Double = try await records.value(
                "SELECT intensity_multiplier($1) AS value", [.double(score)])
            #expect(abs(factor - multiplier) < 1e-9)
        }
    }

    @Test("the views show bands and the most complex agents")
    func views() async throws {
        try await Records.undone(in: Self.database) { records in
            let agents = [UUID(), UUID(), UUID()]
            for (agent, score) in zip(agents, [1.0, 9.0, 4.0]) {
                try await records.query(
                    """
                    INSERT INTO agent_intensity_metrics (agent_id, intensity_score) VALUES ($1, $2)
                    """, [.uuid(agent), .double(score)])
            }
            let ranges = try await records.query(
                "SELECT intensity_range, agent_count FROM agent_intensity_distribution")
            #expect(
                try ranges.map { try $0.decode(String.self, "intensity_range") }
                    == ["Low (0-3)", "Medium (3-6)", "High (6-10)"])
            let top = try await records.query(
                "SELECT id, pricing_multiplier FROM top_complex_agents")
            #expect(
                try top.map { try $0.decode(UUID.self, "id") } == [agents[1], agents[2], agents[0]])
            #expect(try top[0].decode(String.self, "pricing_multiplier") == "1.90")
        }
    }
}
