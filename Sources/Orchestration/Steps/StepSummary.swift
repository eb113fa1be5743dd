import JSON

/// What an LLM step is told of the run so far: what the user asked for, the element of its loop,
/// and the results of the steps it depends on.
struct StepSummary {
    /// The request of the whole run, if it has one.
    let request: String?
    let step: PlannedStep
    let scope: Scope
    /// Characters of all results together.
    let limit: Int

    /// Empty when there is nothing to tell.
    var text: String {
        var entries: [(title: String, data: String)] = []
        if let request { entries.append(("Request of the user", request)) }
        if let element = scope.element {
            entries.append(
                ("Element \(element.index + 1) of \(element.count)", element.value.serialized))
        }
        for id in step.dependencies {
            guard let data = scope.outputs[id]?["data"] else { continue }
            entries.append(("Result of step \(id)", data.serialized))
        }
        guard !entries.isEmpty else { return "" }
        let share = limit / entries.count
        let lines = entries.map { "- \($0.title): \(Self.cut($0.data, to: share))" }
        return "Context:\n" + lines.joined(separator: "\n")
    }

    private static func cut(_ text: String, to limit: Int) -> String {
        let kept = text.prefix(limit)
        return kept.endIndex == text.endIndex ? text : kept + "… [cut]"
    }
}
