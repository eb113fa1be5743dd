import AgentKit
import JSON
import Journal

/// `parallel_group`: runs its steps side by side. The data is `{<stepId>: data}`.
struct ParallelGroupStep: StepType {
    let names = ["parallel_group"]

    private static let block = "group"

    func outline(of step: WorkflowStep, tools: any ToolCalling) -> StepOutline {
        var outline = StepOutline()
        if let steps = step.field("steps")?.arrayValue, !steps.isEmpty {
            outline.blocks[Self.block] = StepOutline.Block(steps: steps, isSequential: false)
        } else {
            outline.faults.append("steps must be an array of at least one step")
        }
        outline.checkConcurrency(step.field("maxConcurrency"))
        return outline
    }

    func run(
        _ step: PlannedStep, in context: StepContext, activity: inout RunActivity
    ) async throws(StepFailure) -> StepOutput {
        guard let block = step.blocks[Self.block] else { return StepOutput([:]) }
        let outcome = try await context.runNested(
            block, concurrency: step.step.field("maxConcurrency")?.intValue, activity: &activity)
        var output = StepOutput(outcome.data(of: block))
        output.exports = outcome.outputs
        output.variables = outcome.variables
        return output
    }
}
