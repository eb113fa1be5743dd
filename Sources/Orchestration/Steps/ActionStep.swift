import AgentKit
import JSON
import Journal

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
        try await invocation(of: step, in: context).output(in: context, activity: &activity)
    }

    func cacheQuestion(
        of step: PlannedStep, in context: StepContext
    ) throws(StepFailure) -> JSONValue? {
        let call = try invocation(of: step, in: context)
        return [
            "plugin": .string(call.plugin), "action": .string(call.action),
            "arguments": call.arguments,
        ]
    }

    private func invocation(
        of step: PlannedStep, in context: StepContext
    ) throws(StepFailure) -> ToolInvocation {
        guard let plugin = step.step.json["plugin"]?.stringValue,
            let action = step.step.json["action"]?.stringValue
        else {
            throw StepFailure(
                RunFailure.workflow(.missingPluginAction, "plugin and action are required"))
        }
        let params = step.step.json["params"] ?? .null
        return ToolInvocation(
            plugin: plugin, action: action,
            arguments: try context.render(params.isNull ? [:] : params))
    }
}
