import AgentKit
import JSON
import Journal

/// `switch`: chooses the branch whose name is the value, else `default`. The data is
/// `{matchedCase, matchedSteps, totalCases, hasDefault}`; the variable `<id>_branch` takes the case.
struct SwitchStep: StepType {
    let names = ["switch"]

    private static let defaultBranch = "default"

    func outline(of step: WorkflowStep, tools: any ToolCalling) -> StepOutline {
        var outline = StepOutline()
        outline.require("evaluate", of: step)
        outline.fields = [step.field("evaluate") ?? .null]
        guard let cases = step.field("cases")?.objectValue, !cases.isEmpty else {
            outline.faults.append("cases must be an object with at least one case")
            return outline
        }
        for (name, branch) in cases {
            BranchField.add(branch, field: "cases.\(name)", branch: Self.key(name), to: &outline)
        }
        BranchField.add(
            step.field("default"), field: "default", branch: Self.defaultBranch, to: &outline)
        return outline
    }

    func run(
        _ step: PlannedStep, in context: StepContext, activity: inout RunActivity
    ) async throws(StepFailure) -> StepOutput {
        let value = try context.renderField(step.step.field("evaluate"))
        let text = value.stringValue ?? value.serialized
        let cases = step.step.field("cases")?.objectValue ?? [:]
        let isMatched = cases.contains(key: text)
        let hasDefault = step.step.field("default") != nil
        let branch = isMatched ? Self.key(text) : hasDefault ? Self.defaultBranch : nil
        let matched: JSONValue = isMatched ? .string(text) : hasDefault ? "default" : .null
        let steps = branch.map { branch in
            (step.branches[branch] ?? []) + (step.blocks[branch]?.steps.map(\.step.id) ?? [])
        }
        var output = StepOutput([
            "matchedCase": matched, "matchedSteps": .array((steps ?? []).map { .string($0) }),
            "totalCases": JSONValue(cases.count), "hasDefault": .bool(hasDefault),
        ])
        if let branch {
            try await output.take(branch, of: step, in: context, activity: &activity)
        }
        output.variables["\(step.step.id)_branch"] = matched
        return output
    }

    /// Keeps a case named `default` apart from the default.
    private static func key(_ name: String) -> String { "case \(name)" }
}
