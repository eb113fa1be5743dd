import Foundation
import JSON
import Postgres
import WorkerTestSupport

/// Everything one run left in the database.
struct ParityRun {
    /// The rows of `agent_executions`, `agent_logs`, `agent_stats` and `agent_intensity_metrics`.
    let executions: [JSONValue]
    let logRows: [JSONValue]
    let stats: [JSONValue]
    let metricRows: [JSONValue]
    let attempts: [JSONValue]
    let calls: [JSONValue]

    init(of job: Int64, agent: UUID, in scene: Scene) async throws {
        func rows(_ table: String) async throws -> [JSONValue] {
            try await scene.rows("SELECT * FROM \(table) WHERE agent_id = $1", [.uuid(agent)])
        }
        executions = try await rows("agent_executions")
        logRows = try await rows("agent_logs")
        stats = try await rows("agent_stats")
        metricRows = try await rows("agent_intensity_metrics")
        attempts = try await scene.attempts(of: job)
        calls = try await scene.calls(of: job)
    }

    var execution: JSONValue { executions.first ?? .null }
    var logs: JSONValue { execution["logs"] ?? .null }
    var log: JSONValue { logRows.first ?? .null }
    var fullOutput: JSONValue { log["full_output"] ?? .null }
    var runOutput: JSONValue {
        (try? JSONValue(parsing: log["run_output"]?.stringValue ?? "")) ?? .null
    }
    var metrics: JSONValue { metricRows.first ?? .null }

    /// The sum of a column over the run's model calls.
    func sum(_ column: String) -> JSONValue {
        JSONValue(calls.reduce(0) { $0 + ($1[column]?.intValue ?? 0) })
    }
}

/// The runs of both engines, and how they differ.
struct ParityPair {
    let agentKit: ParityRun
    let orchestrator: ParityRun

    /// What is not the same in both, or not there, each by name.
    func differences(
        _ what: String, in part: (ParityRun) -> JSONValue, of keys: [String]
    ) -> [String] {
        let (left, right) = (part(agentKit), part(orchestrator))
        return keys.compactMap { key in
            guard let one = left[key], let other = right[key] else {
                return "\(what) has no \(key)"
            }
            return one == other
                ? nil : "\(what).\(key): \(one.serialized) and \(other.serialized)"
        }
    }

    /// What does not hold of each of them.
    func faults(_ what: String, _ holds: (ParityRun) -> Bool) -> [String] {
        [("AgentKit", agentKit), ("orchestrator", orchestrator)].compactMap { name, run in
            holds(run) ? nil : "\(name): \(what)"
        }
    }
}
