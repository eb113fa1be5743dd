import AgentKit
import JSON
import Journal

/// `loop`: runs its steps once for each element of an array. The data is an array of
/// `{<stepId>: data}`, one per element; elements beyond `maxIterations` are counted in
/// `metadata.itemsDropped`. With `continueOnError` a failed iteration is `{error, iteration}`.
struct LoopStep: StepType {
    let names = ["loop"]

    private static let block = "loop"
    private static let defaultIterations = 100
    private static let maxIterations = 1000

    func outline(of step: WorkflowStep, tools: any ToolCalling) -> StepOutline {
        var outline = StepOutline()
        outline.require("iterateOver", of: step)
        outline.fields = [step.field("iterateOver") ?? .null]
        if let steps = step.field("loopSteps")?.arrayValue, !steps.isEmpty {
            outline.blocks[Self.block] = StepOutline.Block(
                steps: steps, scope: .element(name: nil))
        } else {
            outline.faults.append("loopSteps must be an array of at least one step")
        }
        if let limit = step.field("maxIterations"),
            limit.intValue.map((1...Self.maxIterations).contains) != true
        {
            outline.faults.append("maxIterations must be 1 to \(Self.maxIterations)")
        }
        outline.checkConcurrency(step.field("maxConcurrency"))
        return outline
    }

    func run(
        _ step: PlannedStep, in context: StepContext, activity: inout RunActivity
    ) async throws(StepFailure) -> StepOutput {
        let source = try context.renderField(step.step.field("iterateOver"))
        guard let all = source.arrayValue else {
            throw StepFailure(
                RunFailure.workflow(
                    .invalidIterateOver,
                    "iterateOver must be an array, not \(source.typeName)"))
        }
        let limit = step.step.field("maxIterations")?.intValue ?? Self.defaultIterations
        let elements = Array(all.prefix(limit))
        let loop = ElementRuns(
            context: context, elements: elements, block: step.blocks[Self.block],
            concurrency: concurrency(of: step.step, context.engine.limits),
            continuesOnError: step.step.continueOnError || context.engine.limits.continueOnError)
        let outcomes = await loop.run()
        let ran = outcomes.compactMap(\.self)
        for outcome in ran { activity += outcome.activity }
        activity.workflow.loopIterations += ran.count
        if loop.concurrency > 1, ran.count > 1 {
            activity.workflow.parallelExecutions += ran.count
        }
        if let end = loop.earlyEnd(of: outcomes, code: .loopIterationFailed) { throw end }
        var output = StepOutput(.array(ran.enumerated().map { data($0, $1, of: loop) }))
        if all.count > elements.count {
            output.metadata["itemsDropped"] = JSONValue(all.count - elements.count)
        }
        return output
    }

    /// One, unless the loop is `parallel`.
    private func concurrency(of step: WorkflowStep, _ limits: OrchestrationLimits) -> Int {
        guard step.json["parallel"] == true else { return 1 }
        return min(
            step.field("maxConcurrency")?.intValue ?? limits.maxConcurrentSteps,
            limits.maxConcurrencyAsked)
    }

    private func data(_ index: Int, _ outcome: BlockOutcome, of loop: ElementRuns) -> JSONValue {
        guard let failure = outcome.failure else { return loop.data(outcome) }
        return ["error": .string(failure.message), "iteration": JSONValue(index)]
    }
}
