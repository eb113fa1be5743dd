/// What a workflow really did, as opposed to what its definition contains.
public struct WorkflowCounts: Sendable, Hashable {
    /// Branches taken by conditionals and switches.
    public var branches: Int
    /// Loop iterations that ran, failed ones included.
    public var loopIterations: Int
    /// Steps that ran in a level with others, and iterations of loops that run in parallel.
    public var parallelExecutions: Int

    public init(branches: Int = 0, loopIterations: Int = 0, parallelExecutions: Int = 0) {
        self.branches = branches
        self.loopIterations = loopIterations
        self.parallelExecutions = parallelExecutions
    }

    package static func += (left: inout WorkflowCounts, right: WorkflowCounts) {
        left.branches += right.branches
        left.loopIterations += right.loopIterations
        left.parallelExecutions += right.parallelExecutions
    }
}
