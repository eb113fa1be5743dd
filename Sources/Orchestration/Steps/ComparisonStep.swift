import AgentKit
import JSON
import Journal

/// `comparison`: compares `left` with `right`. The data is `{result}` with the format `boolean`;
/// `{added, removed, modified, unchanged}` with `diff`; both and `operation` with `detailed`. The
/// format is `diff` where the operation is, else `boolean`.
///
/// `equals` takes `75` and `"75"` for equal, `deep_equals` does not; `contains` asks whether left
/// has right in it, `subset` whether all of left is in right, and `diff` whether they differ.
struct ComparisonStep: StepType {
    let names = ["comparison"]

    private static let operations = ["equals", "deep_equals", "diff", "contains", "subset"]

    func outline(of step: WorkflowStep, tools: any ToolCalling) -> StepOutline {
        var outline = StepOutline()
        // Null is something to compare with, too.
        for key in ["left", "right"] {
            let value = step.json[key] ?? step.json["params"]?[key]
            if let value {
                outline.fields.append(value)
            } else {
                outline.faults.append("\(key) is required")
            }
        }
        outline.require("operation", of: step)
        outline.check("operation", of: step, isOneOf: Self.operations)
        outline.check("outputFormat", of: step, isOneOf: ["boolean", "diff", "detailed"])
        return outline
    }

    func run(
        _ step: PlannedStep, in context: StepContext, activity: inout RunActivity
    ) async throws(StepFailure) -> StepOutput {
        let left = try context.renderField(step.step.field("left"))
        let right = try context.renderField(step.step.field("right"))
        let operation = step.step.text("operation") ?? ""
        let difference = Difference(from: left, to: right)
        let result = holds(operation, left, right, difference)
        let format = step.step.text("outputFormat") ?? (operation == "diff" ? "diff" : "boolean")
        switch format {
        case "diff": return StepOutput(difference.json)
        case "detailed":
            return StepOutput([
                "operation": .string(operation), "result": .bool(result),
                "diff": difference.json,
            ])
        default: return StepOutput(["result": .bool(result)])
        }
    }

    private func holds(
        _ operation: String, _ left: JSONValue, _ right: JSONValue, _ difference: Difference
    ) -> Bool {
        switch operation {
        case "deep_equals": left == right
        case "diff": !difference.isEmpty
        case "contains": LooseComparison.contains(left, right)
        case "subset": Self.isSubset(left, right)
        default: LooseComparison.areEqual(left, right)
        }
    }

    /// Elements of arrays wherever they stand; members of objects with all their parts.
    private static func isSubset(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.array(let part), .array(let whole)):
            let known = Set(whole)
            return part.allSatisfy(known.contains)
        case (.object(let part), .object(let whole)):
            return part.allSatisfy { key, member in
                whole[key].map { isSubset(member, $0) } ?? false
            }
        default: return left == right
        }
    }
}
