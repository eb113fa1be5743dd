/// A planned list of steps.
struct StepBlock: Sendable {
    /// In the order of the list.
    var steps: [PlannedStep]
    var scope = BlockScope.shared

    /// Ids by level, in the order of the list.
    var levels: [[String]] {
        let highest = steps.map(\.level).max() ?? -1
        return (0..<(highest + 1)).map { level in
            steps.filter { $0.level == level }.map(\.step.id)
        }
    }

    /// The ids that steps after the nesting one may refer to.
    var exportedIDs: [String] {
        guard scope.isExported else { return [] }
        return steps.flatMap { [$0.step.id] + $0.blocks.values.flatMap(\.exportedIDs) }
    }
}
