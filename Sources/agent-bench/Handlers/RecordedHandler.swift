import JSON
import Jobs
import Journal
import Tools
import Worker

/// Does nothing and reports a run of AgentKit, so that the four operations are recorded.
struct RecordedHandler: JobHandler {
    let kind = JobShape.Kind.recorded.rawValue

    func run(_ job: ClaimedJob, journal: any Journal) async -> HandledRun {
        HandledRun(output: "done", run: Self.report)
    }

    /// What a run with three tool calls says of itself: logs and full_output of about 0.7 kB each.
    static let report: JSONValue = [
        "agent_name": "Order clerk", "input_values_used": 2, "iterations": 4,
        "tool_calls": .array(
            (1...3).map { number in
                ToolCallRecord(
                    plugin: "orders", action: "list\(number)", success: true, itemsReturned: 3,
                    executionTimeMs: 42
                ).json
            }),
        "tool_calls_count": 3, "tool_orchestration_time_ms": 126, "plugins_used": ["orders"],
        "step_retries": 0, "workflow": ["steps": 0, "branches": 0, "loops": 0, "parallel": 0],
        "model": "gpt-4o", "provider": "openai",
    ]
}
