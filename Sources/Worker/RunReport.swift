import AgentKit
import JSON
import RunLog

/// What the worker knows of a run beyond the job's columns, in the words of `log_agent_runs`.
/// Tokens, cost, times and attempts are not here: the settlement takes them from the ledger, so
/// that they cannot differ from it.
enum RunReport {
    static func json(_ result: RunResult, input: RunInput, agent: AgentRecord) -> JSONValue {
        var report = agent.definition.objectValue ?? [:]
        report["input_values_used"] = JSONValue(input.inputValues.count)
        report["iterations"] = JSONValue(result.iterations)
        report["tool_calls"] = .array(result.toolCalls.map(\.json))
        report["tool_calls_count"] = JSONValue(result.toolCalls.count)
        report["tool_orchestration_time_ms"] = JSONValue(result.toolTimeMs)
        report["plugins_used"] = .array(result.pluginsUsed.map { .string($0) })
        report["step_retries"] = JSONValue(result.stepRetries)
        report["workflow"] = [
            "steps": JSONValue(result.steps?.total ?? 0),
            "branches": JSONValue(result.workflow.branches),
            "loops": JSONValue(result.workflow.loopIterations),
            "parallel": JSONValue(result.workflow.parallelExecutions),
        ]
        report["memory"] = [
            "tokens": JSONValue(result.memory.tokens), "entries": JSONValue(result.memory.entries),
            "types": .array(result.memory.types.map { .string($0) }),
        ]
        if let model = result.model { report["model"] = .string(model) }
        if let provider = result.provider { report["provider"] = .string(provider) }
        if let steps = result.steps {
            report["steps"] = [
                "completed": JSONValue(steps.completed), "failed": JSONValue(steps.failed),
                "skipped": JSONValue(steps.skipped),
            ]
        }
        return .object(report)
    }
}
