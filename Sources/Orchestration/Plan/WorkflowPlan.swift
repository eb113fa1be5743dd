import JSON

/// A workflow that passed every check, and the order its steps run in.
public struct WorkflowPlan: Sendable {
    let root: StepBlock

    /// The plan as JSON: `{"steps":[{"stepId","name","type","dependencies","level",
    /// "canRunInParallel","parallelGroupId"}],"parallelGroups":[{"groupId","level","steps"}],
    /// "totalSteps","estimatedDuration"}`, the estimate in milliseconds, two seconds a level.
    public var json: JSONValue {
        let groups = root.levels.enumerated().filter { $0.element.count > 1 }
        let grouped = Set(groups.map(\.offset))
        return [
            "steps": .array(
                root.steps.map { Self.json($0, isGrouped: grouped.contains($0.level)) }),
            "parallelGroups": .array(
                groups.map { level, ids in
                    [
                        "groupId": .string(Self.groupID(level)), "level": JSONValue(level),
                        "steps": .array(ids.map { .string($0) }),
                    ]
                }),
            "totalSteps": JSONValue(root.steps.count),
            "estimatedDuration": JSONValue(root.levels.count * 2000),
        ]
    }

    private static func json(_ step: PlannedStep, isGrouped: Bool) -> JSONValue {
        [
            "stepId": .string(step.step.id), "name": .string(step.step.name),
            "type": .string(step.step.type),
            "dependencies": .array(step.dependencies.map { .string($0) }),
            "level": JSONValue(step.level), "canRunInParallel": .bool(isGrouped),
            "parallelGroupId": isGrouped ? .string(groupID(step.level)) : .null,
        ]
    }

    private static func groupID(_ level: Int) -> String { "parallel_level_\(level)" }
}
