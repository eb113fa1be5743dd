import AgentKit
import JSON
import JSONSchema
import Journal

/// `llm_decision`, `ai_processing`: an AgentKit run on the step's prompt. The data is
/// `{decision, reasoning, toolCalls}`, the first two the answer: a text, or with `outputSchema`, a
/// JSON Schema, the JSON that fits it.
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
        if let schema = Self.schema(of: step) {
            if schema.objectValue == nil || (try? JSONSchema(schema)) == nil {
                outline.faults.append("outputSchema must be a JSON Schema")
            }
        }
        return outline
    }

    func run(
        _ step: PlannedStep, in context: StepContext, activity: inout RunActivity
    ) async throws(StepFailure) -> StepOutput {
        let input = try input(of: step, in: context)
        var live: RunResult?
        let kept: JSONValue
        do {
            kept = try await context.engine.journal.perform(
                JournalStep(
                    key: "\(context.key).outcome", kind: .step,
                    fingerprint: Fingerprint.of(Self.question(input, step.step)), effect: .none)
            ) {
                let run = await self.run(input, step.step, in: context)
                live = run
                return try Self.keep(run, in: context)
            }
        } catch {
            if let live { activity.add(live) }
            throw StepFailure(catching: error)
        }
        if live == nil, kept["success"] != true {
            activity += RunActivity(journalled: kept["activity"])
            throw StepFailure(journalled: kept["failure"] ?? .null)
        }
        let run: RunResult
        // The calls of a run that ended well are in the journal themselves: it costs nothing again.
        if let live { run = live } else { run = await self.run(input, step.step, in: context) }
        activity.add(run)
        if let suspension = run.suspension { throw StepFailure(suspension) }
        if let failure = run.failure { throw Self.failure(failure, of: run) }
        return StepOutput([
            "decision": run.output, "reasoning": run.output,
            "toolCalls": .array(run.toolCalls.map(\.json)),
        ])
    }

    func cacheQuestion(
        of step: PlannedStep, in context: StepContext
    ) throws(StepFailure) -> JSONValue? {
        Self.question(try input(of: step, in: context), step.step)
    }

    private static func question(_ input: RunInput, _ step: WorkflowStep) -> JSONValue {
        var question: JSONObject = [
            "prompt": input.userPrompt.map { .string($0) } ?? .null,
            "input": .object(input.inputValues),
        ]
        question["schema"] = schema(of: step)
        return .object(question)
    }

    private static func schema(of step: WorkflowStep) -> JSONValue? {
        // Not among the params: those are what the model is told.
        let schema = step.json["outputSchema"] ?? step.json["output_schema"]
        return schema?.isNull == true ? nil : schema
    }

    private func input(
        of step: PlannedStep, in context: StepContext
    ) throws(StepFailure) -> RunInput {
        var input = context.engine.input
        input.userPrompt = try prompt(of: step, in: context)
        let params = try context.render(step.step.json["params"] ?? .null)
        // Steps of the old form have no params: they are told the run's input.
        if let params = params.objectValue, !params.isEmpty { input.inputValues = params }
        return input
    }

    private func run(
        _ input: RunInput, _ step: WorkflowStep, in context: StepContext
    ) async -> RunResult {
        var agent = context.engine.agent
        // The agent's describes the workflow's output, not this step's.
        agent.outputSchema = Self.schema(of: step)
        return await context.engine.agentKit.run(
            agent: agent, input: input, journal: context.engine.journal,
            stepPrefix: "\(context.key).")
    }

    /// What the journal keeps of the run as a whole: that it ended well, or how it failed when the
    /// workflow goes on after that.
    private static func keep(_ run: RunResult, in context: StepContext) throws -> JSONValue {
        if let suspension = run.suspension { throw suspension }
        guard let cause = run.failure else { return ["success": true] }
        let failure = failure(cause, of: run)
        guard context.goesOn(after: failure) else { throw failure }
        var activity = RunActivity()
        activity.add(run)
        return [
            "success": false, "failure": failure.journalled, "activity": activity.journalled,
        ]
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
        if failure.endsRun { return StepFailure(failure) }
        var outer = failure
        outer.code = WorkflowCode.llmDecisionFailed.rawValue
        outer.message = failure.description
        return StepFailure(
            outer,
            isRepeatable: !failure.isPermanent && run.iterations <= 1,
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
