import FoundationEssentials
import JSON

/// Reports and execution data to start from.
enum Samples {
    /// A report with the required fields only.
    static func report(
        _ engine: String = "agentkit", id: UUID = UUID(), agent: UUID = UUID(), user: UUID = UUID()
    ) -> JSONValue {
        [
            "execution_id": .string(id.uuidString), "engine": .string(engine),
            "agent_id": .string(agent.uuidString), "user_id": .string(user.uuidString),
            "success": true, "duration_ms": 1000, "tokens": ["total": 100],
        ]
    }

    /// `base` with members of `changes` set.
    static func with(_ changes: JSONValue, _ base: JSONValue) -> JSONValue {
        var result = base
        for (key, value) in changes.objectValue ?? JSONObject() { result[key] = value }
        return result
    }

    /// The first run of the intensity vectors (V1).
    static func firstVector(_ agent: UUID) -> JSONValue {
        [
            "agent_id": .string(agent.uuidString), "user_id": .string(UUID().uuidString),
            "tokens_used": 1500, "input_tokens": 1200, "output_tokens": 300,
            "execution_duration_ms": 4200, "iterations_count": 3, "was_successful": true,
            "retry_count": 0, "plugins_used": ["mail", "helpdesk"], "tool_calls_count": 4,
            "tool_orchestration_time_ms": 0, "workflow_steps": 5, "conditional_branches": 1,
            "loop_iterations": 1, "parallel_executions": 0, "memory_tokens": 240,
            "memory_entry_count": 6, "memory_types": ["summary", "preference"],
        ]
    }

    /// The run that follows it (V2).
    static func secondVector(_ agent: UUID) -> JSONValue {
        with(
            [
                "tokens_used": 2600, "input_tokens": 1000, "output_tokens": 1600,
                "execution_duration_ms": 9000, "iterations_count": 5, "was_successful": false,
                "retry_count": 2, "plugins_used": ["mail", "helpdesk", "crm"],
                "tool_calls_count": 7, "memory_tokens": 0, "memory_entry_count": 0,
                "memory_types": [],
            ], firstVector(agent))
    }

    /// The report of the worked orchestrator sample; its intensity is the third vector (V3).
    static func orchestratorReport(id: UUID, agent: UUID, parallel: Int = 1) -> JSONValue {
        with(
            [
                "duration_ms": 12000, "tokens": ["total": 2400],
                "steps": ["completed": 4, "failed": 0, "skipped": 0], "input_values_used": 1,
                "definition": [
                    "steps": 4, "branches": 1, "loops": 0, "parallel": .init(parallel),
                ],
                "declared_plugins": ["helpdesk"],
            ], report("orchestrator", id: id, agent: agent))
    }

    /// The report of the worked AgentKit sample.
    static func agentKitReport(id: UUID, agent: UUID) -> JSONValue {
        with(
            [
                "success": false, "error": "MAX_ITERATIONS_REACHED", "duration_ms": 8000,
                "tokens": ["prompt": 5000, "completion": 900, "total": 5900], "iterations": 10,
                "tool_calls": [toolCall], "model": "gpt-4o", "provider": "openai",
                "input_values_used": 0,
            ], report(id: id, agent: agent))
    }

    static let toolCall: JSONValue = [
        "plugin": "helpdesk", "action": "list_open", "success": true, "itemsReturned": 12,
        "executionTime": 310, "error": nil,
    ]
}
