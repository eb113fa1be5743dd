import FoundationEssentials
import JSON
import TestSupport
import Testing

/// The vectors that were computed with the original program.
@Suite("intensity vectors", .timeLimit(.minutes(2)))
struct IntensityVectorTests {
    static let database = SuiteDatabase(migrated: true)

    /// Compares every column that `expected` names, to the ninth decimal.
    private func check(_ metrics: JSONValue, _ expected: [String: Double], _ alert: String) {
        for (column, value) in expected {
            let found = metrics[column]?.doubleValue ?? .nan
            #expect(abs(found - value) < 1e-9, "\(column) is \(found), not \(value)")
        }
        #expect(metrics["output_token_alert_level"]?.stringValue == alert)
    }

    private static let first: [String: Double] = [
        "total_executions": 1, "avg_tokens_per_run": 1500, "avg_execution_duration_ms": 4200,
        "avg_iterations_per_run": 3, "success_rate": 100, "retry_rate": 0,
        "avg_plugins_per_run": 2, "loop_iterations_count": 1, "avg_output_tokens_per_run": 300,
        "avg_memory_tokens_per_run": 240, "output_token_growth_rate": 0,
        "token_complexity_score": 7, "execution_complexity_score": 1.0 + 0.178 / 0.9,
        "plugin_complexity_score": 1.675, "workflow_complexity_score": 1.29,
        "memory_complexity_score": 3.4 + 0.28 / 0.9, "execution_score": 3.299055555555555,
        "combined_score": 5, "intensity_score": 5, "peak_tokens_single_run": 1500,
        "total_plugin_calls": 4, "unique_plugins_used": 2, "input_output_ratio": 0.25,
        "memory_token_ratio": 0.2,
    ]

    @Test("V1: the first run of an agent")
    func firstRun() async throws {
        try await Records.undone(in: Self.database) { records in
            let agent = UUID()
            try await records.fold([Samples.firstVector(agent)])
            check(try await records.metrics(agent), Self.first, "none")
        }
    }

    @Test("V2: a failed second run, four times the agent's usual output")
    func secondRun() async throws {
        try await Records.undone(in: Self.database) { records in
            let agent = UUID()
            try await records.fold([Samples.firstVector(agent)])
            for output in [300, 500] { try await records.addUsage(agent, output) }
            try await records.fold([Samples.secondVector(agent)])
            check(
                try await records.metrics(agent),
                [
                    "output_token_growth_rate": 300, "output_token_baseline": 400,
                    "avg_tokens_per_run": 2050, "avg_execution_duration_ms": 6600,
                    "avg_iterations_per_run": 4, "success_rate": 50, "retry_rate": 1,
                    "avg_plugins_per_run": 2.5, "loop_iterations_count": 2,
                    "avg_output_tokens_per_run": 950, "avg_memory_tokens_per_run": 120,
                    "token_complexity_score": 5.545, "plugin_complexity_score": 2.29375,
                    "execution_complexity_score": 4 + 0.98 / 3, "workflow_complexity_score": 1.33,
                    "memory_complexity_score": 0, "execution_score": 3.4034166666666667,
                    "combined_score": 5, "successful_executions": 1, "failed_executions": 1,
                    "error_recovery_count": 0,
                ], "upgrade")
        }
    }

    @Test("V3: the first run of an orchestrator, through its report")
    func orchestratorRun() async throws {
        try await Records.undone(in: Self.database) { records in
            let agent = UUID()
            try await records.log([Samples.orchestratorReport(id: UUID(), agent: agent)])
            check(
                try await records.metrics(agent),
                [
                    "output_token_growth_rate": 0, "avg_tokens_per_run": 2400,
                    "avg_execution_duration_ms": 12000, "avg_iterations_per_run": 1,
                    "success_rate": 100, "retry_rate": 0, "avg_plugins_per_run": 1,
                    "loop_iterations_count": 0, "avg_output_tokens_per_run": 2400,
                    "avg_memory_tokens_per_run": 0, "token_complexity_score": 5.6,
                    "execution_complexity_score": 1.2, "plugin_complexity_score": 3.3375,
                    "workflow_complexity_score": 1.35, "memory_complexity_score": 0,
                    "execution_score": 2.85, "combined_score": 5, "total_plugin_calls": 4,
                    "tool_orchestration_overhead_ms": 12000,
                ], "none")
        }
    }

    @Test("V4.5: five equal runs, in five calls and in one", arguments: [1, 5])
    func fiveRuns(perCall: Int) async throws {
        try await Records.undone(in: Self.database) { records in
            let agent = UUID()
            for output in [100, 120, 80] { try await records.addUsage(agent, output) }
            let runs = Array(repeating: Samples.firstVector(agent), count: perCall)
            for _ in 0..<(5 / perCall) { try await records.fold(runs) }
            var expected = Self.first
            expected["total_executions"] = 5
            expected["output_token_growth_rate"] = 200
            expected["loop_iterations_count"] = 5
            expected["token_complexity_score"] = 8.25
            expected["workflow_complexity_score"] = 1.45
            expected["execution_score"] = 3.698055555555555
            expected["combined_score"] = 4.088638888888889
            expected["intensity_score"] = 4.088638888888889
            expected["total_plugin_calls"] = 20
            check(try await records.metrics(agent), expected, "upgrade")
        }
    }
}
