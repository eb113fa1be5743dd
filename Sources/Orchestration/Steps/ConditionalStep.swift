import AgentKit
import JSON
import Journal

/// `conditional`: chooses between two branches by a condition. The data is `{result}`.
///
/// A branch is named by ids (`trueBranch`, `falseBranch`) or nested (`then`, `else` …). Steps of
/// the branch not chosen are skipped.
struct ConditionalStep: StepType {
    let names = ["conditional"]

    private static let trueFields = ["trueBranch", "then", "then_steps", "steps"]
    private static let falseFields = ["falseBranch", "else", "else_steps"]

    func outline(of step: WorkflowStep, tools: any ToolCalling) -> StepOutline {
        var outline = StepOutline()
        if let condition = step.field("condition") {
            outline.conditions = [condition]
            do { _ = try Condition(condition) } catch {
                outline.faults.append("condition: \(error.message)")
            }
        } else {
            outline.faults.append("condition is required")
        }
        for (branch, fields) in [("true", Self.trueFields), ("false", Self.falseFields)] {
            for field in fields {
                BranchField.add(step.json[field], field: field, branch: branch, to: &outline)
            }
        }
        return outline
    }

    func run(
        _ step: PlannedStep, in context: StepContext, activity: inout RunActivity
    ) async throws(StepFailure) -> StepOutput {
        let result = try context.holds(step.step.field("condition"))
        var output = StepOutput(["result": .bool(result)])
        try await output.take(
            result ? "true" : "false", of: step, in: context, activity: &activity)
        return output
    }
}

extension StepOutput {
    /// Chooses a branch, and runs the steps nested in it. A branch counts as taken when there is
    /// something in it.
    mutating func take(
        _ branch: String, of step: PlannedStep, in context: StepContext,
        activity: inout RunActivity
    ) async throws(StepFailure) {
        chosenBranch = branch
        if step.branches[branch]?.isEmpty == false || step.blocks[branch] != nil {
            activity.workflow.branches += 1
        }
        guard let block = step.blocks[branch] else { return }
        let outcome = try await context.runNested(block, activity: &activity)
        exports = outcome.outputs
        variables = outcome.variables
    }
}
