import AgentKit
import JSON
import Journal
import Tools

/// `action`: one call of a plugin's action. The data is what the action returned.
struct ActionStep: StepType {
    let names = ["action"]

    func outline(of step: WorkflowStep, tools: any ToolCalling) -> StepOutline {
        var outline = StepOutline()
        guard let plugin = step.json["plugin"]?.stringValue, !plugin.isEmpty,
            let action = step.json["action"]?.stringValue, !action.isEmpty
        else {
            for key in ["plugin", "action"] where (step.json[key]?.stringValue ?? "").isEmpty {
                outline.faults.append("\(key) is required")
            }
            return outline
        }
        if !tools.hasAction(plugin: plugin, action: action) {
            outline.faults.append("there is no action '\(action)' of a plugin '\(plugin)'")
        }
        if let params = step.json["params"], !params.isNull {
            if params.objectValue == nil { outline.faults.append("params must be an object") }
            outline.texts = [params]
        }
        return outline
    }

    func run(
        _ step: PlannedStep, in context: StepContext, activity: inout RunActivity
    ) async throws(StepFailure) -> StepOutput {
        guard let plugin = step.step.json["plugin"]?.stringValue,
            let action = step.step.json["action"]?.stringValue
        else {
            throw StepFailure(.workflow(.missingPluginAction, "plugin and action are required"))
        }
        let params = step.step.json["params"] ?? .null
        let arguments = try context.render(params.isNull ? [:] : params)
        let execution = context.engine.input.executionID.uuidString.lowercased()
        let result = await context.engine.tools.call(
            plugin: plugin, action: action, arguments: arguments,
            idempotencyKey: "\(execution)/\(context.path)")
        activity.noteToolCall(ToolCallRecord(plugin: plugin, action: action, result: result))
        guard result.success else { throw failure(of: result.error) }
        var output = StepOutput(result.data)
        output.plugin = plugin
        output.action = action
        output.metadata["itemCount"] = JSONValue(result.itemsReturned)
        return output
    }

    private func failure(of error: ToolError?) -> StepFailure {
        if Task.isCancelled { return StepFailure(.cancelled) }
        guard let error else {
            return StepFailure(
                RunFailure(
                    .tool, code: WorkflowCode.pluginExecutionFailed.rawValue,
                    message: "the action failed", isPermanent: true))
        }
        var codes: Set<String> = [error.code.uppercased()]
        if let status = error.status { codes.insert(String(status)) }
        let failure = RunFailure(
            error.failureClass, code: WorkflowCode.pluginExecutionFailed.rawValue,
            message: error.isOutcomeUnknown
                ? "\(error); whether the action happened is unknown" : "\(error)",
            retryAfter: error.retryAfter, isPermanent: !error.isRetryable)
        return StepFailure(failure, isRepeatable: error.isRetryable, codes: codes)
    }
}
