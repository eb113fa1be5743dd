import AgentKit
import JSON
import Journal

/// `llm_decision`, `ai_processing`: an AgentKit run on the step's prompt. The data is
/// `{decision, reasoning, toolCalls}`, the first two the answer's text.
struct LLMDecisionStep: StepType {
    let names = ["llm_decision", "ai_processing"]

    func outline(of step: WorkflowStep, tools: any ToolCalling) -> StepOutline {
        var outline = StepOutline()
        if let prompt = step.json["prompt"], !prompt.isNull {
            if prompt.stringValue == nil { outline.faults.append("prompt must be a string") }
            outline.texts.append(prompt)
        }
        if let params = step.json["params"], !params.isNull {
            if params.objectValue == nil { outline.faults.append("params must be an object") }
            outline.texts.append(params)
        }
        return outline
    }

    func run(
        _ step: PlannedStep, in context: StepContext, activity: inout RunActivity
    ) async throws(StepFailure) -> StepOutput {
        let engine = context.engine
        var input = engine.input
        input.userPrompt = try prompt(of: step, in: context)
        let params = try context.render(step.step.json["params"] ?? .null)
        // Steps of the old form have no params: they are told the run's input.
        if let params = params.objectValue, !params.isEmpty { input.inputValues = params }
        var agent = engine.agent
        // The schema describes the workflow's output, not this step's.
        agent.outputSchema = nil
        let run = await engine.agentKit.run(
            agent: agent, input: input, journal: engine.journal, stepPrefix: "\(context.path).")
        activity.add(run)
        if let failure = run.failure { throw Self.failure(failure, of: run) }
        return StepOutput([
            "decision": run.output, "reasoning": run.output,
            "toolCalls": .array(run.toolCalls.map(\.json)),
        ])
    }

    private func prompt(
        of step: PlannedStep, in context: StepContext
    ) throws(StepFailure) -> String {
        var prompt = step.step.json["description"]?.stringValue ?? step.step.name
        if let template = step.step.json["prompt"], !template.isNull {
            let rendered = try context.render(template)
            prompt = rendered.stringValue ?? rendered.serialized
        }
        let summary = StepSummary(
            request: context.engine.input.userPrompt, step: step, scope: context.scope,
            limit: context.engine.limits.maxContextCharacters
        ).text
        return summary.isEmpty ? prompt : prompt + "\n\n" + summary
    }

    /// A run that has called tools, or has paid for an iteration, is not begun again here; nor one
    /// whose reply was paid for and could not be recorded.
    private static func failure(_ failure: RunFailure, of run: RunResult) -> StepFailure {
        if failure.failureClass == .cancelled { return StepFailure(failure) }
        var outer = failure
        outer.code = WorkflowCode.llmDecisionFailed.rawValue
        outer.message = failure.description
        return StepFailure(
            outer,
            isRepeatable: !failure.isPermanent && run.iterations <= 1
                && failure.code != RunFailure.journalFailedCode,
            codes: codes(of: failure))
    }

    private static func codes(of failure: RunFailure) -> Set<String> {
        let byClass: [String] =
            switch failure.failureClass {
            case .transport: ["NETWORK_ERROR"]
            case .timeout: ["TIMEOUT"]
            case .rateLimited: ["RATE_LIMIT", "429"]
            case .provider: ["503"]
            default: []
            }
        return Set(byClass + [failure.code.uppercased()])
    }
}
