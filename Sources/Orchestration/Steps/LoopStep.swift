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
            outline.blocks[Self.block] = StepOutline.Block(steps: steps, isLoop: true)
        } else {
            outline.faults.append("loopSteps must be an array of at least one step")
        }
        if let limit = step.field("maxIterations"),
            limit.intValue.map((1...Self.maxIterations).contains) != true
        {
            outline.faults.append("maxIterations must be 1 to \(Self.maxIterations)")
        }
        outline.checkConcurrency(of: step)
        return outline
    }

    func run(
        _ step: PlannedStep, in context: StepContext, activity: inout RunActivity
    ) async throws(StepFailure) -> StepOutput {
        let source = try context.renderField(step.step.field("iterateOver"))
        guard let all = source.arrayValue else {
            throw StepFailure(
                .workflow(
                    .invalidIterateOver,
                    "iterateOver must be an array, not \(source.typeName)"))
        }
        let limit = step.step.field("maxIterations")?.intValue ?? Self.defaultIterations
        let elements = Array(all.prefix(limit))
        let loop = LoopRun(
            step: step, context: context, elements: elements, block: step.blocks[Self.block],
            continuesOnError: step.step.continueOnError || context.engine.limits.continueOnError)
        let outcomes = await loop.run()
        let ran = outcomes.compactMap(\.self)
        for outcome in ran { activity += outcome.activity }
        activity.workflow.loopIterations += ran.count
        if loop.concurrency > 1, ran.count > 1 {
            activity.workflow.parallelExecutions += ran.count
        }
        if let failure = loop.failure(of: outcomes) { throw StepFailure(failure) }
        var output = StepOutput(.array(ran.enumerated().map(loop.data)))
        if all.count > elements.count {
            output.metadata["itemsDropped"] = JSONValue(all.count - elements.count)
        }
        return output
    }
}
