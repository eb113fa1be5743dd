import JSON

/// What the planner must know of a step, told by its type: its faults, what it reads, what it
/// decides, and what is nested in it.
struct StepOutline: Sendable {
    /// A nested list of steps.
    struct Block: Sendable {
        var steps: [JSONValue]
        /// Whether steps without dependencies run one after the other.
        var isSequential = true
        var scope = BlockScope.shared
        /// Fields that are read when the steps have run, in their scope.
        var results: [JSONValue] = []
    }

    /// What is wrong with the fields, without the step's id.
    var faults: [String] = []
    /// Values whose strings are templates.
    var texts: [JSONValue] = []
    /// Fields that are templates or bare references.
    var fields: [JSONValue] = []
    var conditions: [JSONValue] = []
    /// Roots these have beyond those of the scope.
    var localRoots: Set<Scope.Root> = []
    /// Ids of steps of the same list that run only if this step chooses them, by the branch's name.
    var branches: [String: [String]] = [:]
    /// Nested steps, by the name the type runs them under.
    var blocks: [String: Block] = [:]

    init() {}

    /// Notes a fault when a required field is missing.
    mutating func require(_ keys: String..., of step: WorkflowStep) {
        for key in keys where step.field(key) == nil {
            faults.append("\(key) is required")
        }
    }
}
