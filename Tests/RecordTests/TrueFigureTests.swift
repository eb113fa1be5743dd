import FoundationEssentials
import JSON
import TestSupport
import Testing

/// The switch `ais_true_counts`: the known flaws of the seed's intensity formula, corrected.
@Suite("true figures", .timeLimit(.minutes(2)))
struct TrueFigureTests {
    static let database = SuiteDatabase(migrated: true)

    /// The metrics after these runs, each a change of the first vector.
    private func metrics(
        after changes: [JSONValue], isOn: Bool, usage: [Int] = []
    ) async throws -> JSONValue {
        var metrics = JSONValue.null
        try await Records.undone(in: Self.database) { records in
            try await records.query(
                "UPDATE ais_system_config SET config_value = $1 WHERE config_key = 'ais_true_counts'",
                [.int32(isOn ? 1 : 0)])
            let agent = UUID()
            for output in usage { try await records.addUsage(agent, output) }
            try await records.fold(
                changes.map { Samples.with($0, Samples.firstVector(agent)) })
            metrics = try await records.metrics(agent)
        }
        return metrics
    }

    private func check(
        _ column: String, after changes: [JSONValue], seed: Double, corrected: Double,
        usage: [Int] = []
    ) async throws {
        for (isOn, expected) in [(false, seed), (true, corrected)] {
            let found = try await metrics(after: changes, isOn: isOn, usage: usage)[column]?
                .doubleValue
            #expect(
                abs((found ?? .nan) - expected) < 1e-9,
                "\(column) is \(found ?? .nan), not \(expected), switched \(isOn ? "on" : "off")")
        }
    }

    @Test("output growth compares a run with the runs before it, not with single calls")
    func baseline() async throws {
        // Two calls of 100 and 200 tokens make one run of 300: no growth.
        let runs: [JSONValue] = [["output_tokens": 300], ["output_tokens": 300]]
        try await check(
            "output_token_growth_rate", after: runs, seed: 100, corrected: 0,
            usage: [100, 200, 100, 200])
        try await check(
            "output_token_baseline", after: runs, seed: 150, corrected: 300,
            usage: [100, 200, 100, 200])
        try await check("output_token_growth_rate", after: [[:]], seed: 0, corrected: 0)
    }

    @Test("a run without retries, plugins or tool time lowers their means")
    func zeros() async throws {
        let first: JSONValue = ["retry_count": 2, "tool_orchestration_time_ms": 101]
        let second: JSONValue = ["retry_count": 0, "plugins_used": []]
        try await check("retry_rate", after: [first, second], seed: 2, corrected: 1)
        try await check("avg_plugins_per_run", after: [first, second], seed: 2, corrected: 1)
        try await check(
            "tool_orchestration_overhead_ms", after: [first, second], seed: 101, corrected: 50.5)
    }

    @Test("the mean duration is not rounded at every run")
    func duration() async throws {
        try await check(
            "avg_execution_duration_ms",
            after: [1, 2, 2].map { ["execution_duration_ms": JSONValue($0)] }, seed: 2,
            corrected: 5.0 / 3)
    }

    @Test("efficient is not complex, and retries reach their threshold")
    func scores() async throws {
        // Ratio 0.25: efficiency 10, seven tenths of it.
        try await check("token_complexity_score", after: [[:]], seed: 7, corrected: 0)
        // Growth of 100 % adds 1.25, times 1.2 when more than 30 retries come to 100 runs.
        let runs: [JSONValue] = [[:], ["output_tokens": 600, "retry_count": 1]]
        try await check(
            "token_complexity_score", after: runs, seed: 7 + 1.25, corrected: 1.25 * 1.2,
            usage: [300])
    }
}
