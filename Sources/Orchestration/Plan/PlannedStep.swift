/// A step with its place in the plan.
struct PlannedStep: Sendable {
    var step: WorkflowStep
    var type: any StepType
    var executeIf: Condition
    /// Written and implied ones, all of the same block.
    var dependencies: [String]
    /// 0 without dependencies, else one more than the highest of them.
    var level: Int
    /// By the branch's name.
    var branches: [String: [String]]
    /// The steps of which this one is in a branch.
    var deciders: [String]
    var blocks: [String: StepBlock]
}
