import AgentKit
import JSON
import Journal

/// `enrichment`: puts data of several sources together. `sources` is `[{key, from}]`.
///
/// `merge` is an object of the sources by key; `deep_merge` one value of all, members of objects
/// merged level by level, later sources winning, arrays joined with `mergeArrays`; `join` gives
/// each element of the first source the members of the first element of every other source that
/// has the same `joinOn`.
struct EnrichmentStep: StepType {
    let names = ["enrichment"]

    func outline(of step: WorkflowStep, tools: any ToolCalling) -> StepOutline {
        var outline = StepOutline()
        outline.require("strategy", of: step)
        outline.check("strategy", of: step, isOneOf: ["merge", "deep_merge", "join"])
        outline.checkBooleans("mergeArrays", of: step)
        let sources = step.field("sources")?.arrayValue ?? []
        if sources.isEmpty {
            outline.faults.append("sources must be an array of at least one {key, from}")
        }
        for (index, source) in sources.enumerated() {
            if (source["key"]?.stringValue ?? "").isEmpty {
                outline.faults.append("sources[\(index)].key is required")
            }
            if let from = source["from"], !from.isNull {
                outline.fields.append(from)
            } else {
                outline.faults.append("sources[\(index)].from is required")
            }
        }
        if step.text("strategy") == "join" {
            let path = step.text("joinOn")
            if path.flatMap({ try? Reference.path($0) }) == nil {
                outline.faults.append("joinOn must be the path of a field")
            }
        }
        return outline
    }

    func run(
        _ step: PlannedStep, in context: StepContext, activity: inout RunActivity
    ) async throws(StepFailure) -> StepOutput {
        var sources: [(key: String, value: JSONValue)] = []
        for source in step.step.field("sources")?.arrayValue ?? [] {
            let value = try context.renderField(source["from"])
            sources.append((source["key"]?.stringValue ?? "", value))
        }
        let values = sources.map(\.value)
        switch step.step.text("strategy") {
        case "deep_merge":
            let merge = DeepMerge(joinsArrays: step.step.field("mergeArrays") == true)
            return StepOutput(merge.value(of: values.filter { !$0.isNull }))
        case "join":
            return StepOutput(.array(try join(values, on: step.step.text("joinOn") ?? "")))
        default:
            return StepOutput(.object(JSONObject(sources.map { ($0.key, $0.value) })))
        }
    }

    private func join(
        _ values: [JSONValue], on field: String
    ) throws(StepFailure) -> [JSONValue] {
        guard let left = values.first?.arrayValue else {
            throw StepFailure(
                RunFailure.workflow(
                    .invalidInputType, "the first source of a join must be an array"))
        }
        let key = JoinKey(path: field)
        var rows = left
        for other in values.dropFirst() {
            let matches = key.firstOfEach(other.arrayValue ?? [])
            rows = rows.map { row in
                guard let match = key.of(row).flatMap({ matches[$0] }) else { return row }
                return DeepMerge.shallow(row, match)
            }
        }
        return rows
    }
}
