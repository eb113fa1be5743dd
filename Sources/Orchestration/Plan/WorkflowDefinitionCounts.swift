import JSON

/// What a workflow's definition contains, counted as the intensity metrics count it: top-level
/// steps only, and loops rather than their iterations.
public struct WorkflowDefinitionCounts: Sendable, Hashable {
    public var steps: Int
    /// Steps of type `conditional` or `branch`.
    public var branches: Int
    /// Steps of type `loop` or `iteration`.
    public var loops: Int
    /// Steps with `"parallel": true`.
    public var parallel: Int

    public init(steps: Int = 0, branches: Int = 0, loops: Int = 0, parallel: Int = 0) {
        self.steps = steps
        self.branches = branches
        self.loops = loops
        self.parallel = parallel
    }

    /// Counts the steps of `agents.workflow_steps`; what is not an array contains none.
    public init(workflowSteps: JSONValue?) {
        let steps = workflowSteps?.arrayValue ?? []
        let types = steps.map { $0["type"]?.stringValue ?? "" }
        self.init(
            steps: steps.count,
            branches: types.count { $0 == "conditional" || $0 == "branch" },
            loops: types.count { $0 == "loop" || $0 == "iteration" },
            parallel: steps.count { $0["parallel"] == true })
    }
}
