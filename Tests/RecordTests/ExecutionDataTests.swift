import FoundationEssentials
import JSON
import TestSupport
import Testing

/// What a run report contributes to the intensity of its agent (operation 4).
@Suite("execution data", .timeLimit(.minutes(2)))
struct ExecutionDataTests {
    static let database = SuiteDatabase(migrated: true)

    private static let details: JSONValue = [
        "iterations": 6, "tokens": ["prompt": 400, "completion": 100, "total": 500],
        "tool_calls_count": 9, "tool_orchestration_time_ms": 77, "retry_count": 2,
        "plugins_used": ["a"], "declared_plugins": ["a", "b", "c"],
        "steps": ["completed": 3, "failed": 0, "skipped": 0],
        "workflow": ["steps": 11, "branches": 12, "loops": 13, "parallel": 14],
        "definition": ["steps": 4, "branches": 3, "loops": 2, "parallel": 1],
        "memory": ["tokens": 40, "entries": 5, "types": ["x", "y"]],
    ]

    private func check(
        _ report: JSONValue, _ expected: [String: Double], trueCounts: Bool = false
    ) async throws {
        try await Records.undone(in: Self.database) { records in
            if trueCounts {
                try await records.query(
                    """
                    UPDATE ais_system_config SET config_value = 1
                    WHERE config_key = 'ais_true_counts'
                    """)
            }
            let agent = UUID()
            try await records.log([
                Samples.with(["agent_id": .string(agent.uuidString)], report)
            ])
            let metrics = try await records.metrics(agent)
            for (column, value) in expected {
                #expect(metrics[column]?.doubleValue == value, "\(column)")
            }
        }
    }

    /// The same for both engines and either setting.
    private static let real: [String: Double] = [
        "input_output_ratio": 0.25, "total_plugin_calls": 9, "tool_orchestration_overhead_ms": 77,
        "retry_rate": 2, "error_recovery_count": 1, "avg_memory_tokens_per_run": 40,
        "memory_entry_count": 5, "memory_type_diversity": 2, "total_tokens_used": 500,
    ]

    @Test("tokens, tool calls, tool time, retries and memory are the run's own, for both engines")
    func real() async throws {
        for engine in ["agentkit", "orchestrator"] {
            try await check(Samples.with(Self.details, Samples.report(engine)), Self.real)
        }
    }

    @Test(
        "counts and plugins are the definition's, an orchestrator's iterations one, as in the seed")
    func definition() async throws {
        let counts: [String: Double] = [
            "workflow_steps_count": 4, "conditional_branches_count": 3, "loop_iterations_count": 2,
            "parallel_execution_count": 1, "unique_plugins_used": 3,
        ]
        for (engine, iterations) in [("agentkit", 6.0), ("orchestrator", 1)] {
            try await check(
                Samples.with(Self.details, Samples.report(engine)),
                counts.merging(["total_iterations": iterations]) { $1 })
        }
    }

    @Test("with ais_true_counts they are the run's")
    func trueCounts() async throws {
        let counts: [String: Double] = [
            "workflow_steps_count": 11, "conditional_branches_count": 12,
            "loop_iterations_count": 13, "parallel_execution_count": 14, "unique_plugins_used": 1,
            "total_iterations": 6,
        ]
        for engine in ["agentkit", "orchestrator"] {
            try await check(
                Samples.with(Self.details, Samples.report(engine)),
                counts.merging(Self.real) { $1 }, trueCounts: true)
        }
    }

    @Test("a silent report has the seed's values")
    func silent() async throws {
        try await check(
            Samples.with(
                ["steps": ["completed": 3, "failed": 1, "skipped": 0]],
                Samples.report("orchestrator")),
            [
                "total_iterations": 1, "total_plugin_calls": 3,
                "tool_orchestration_overhead_ms": 1000, "avg_output_tokens_per_run": 100,
                "input_output_ratio": 1, "unique_plugins_used": 0, "workflow_steps_count": 0,
            ])
        try await check(
            Samples.with(["tool_calls": [Samples.toolCall]], Samples.report()),
            [
                "total_iterations": 1, "total_plugin_calls": 1,
                "tool_orchestration_overhead_ms": 0, "retry_rate": 0,
            ])
    }
}
