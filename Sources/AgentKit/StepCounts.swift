/// How the top-level steps of a workflow ended.
public struct StepCounts: Sendable, Hashable {
    public var completed: Int
    public var failed: Int
    public var skipped: Int

    public init(completed: Int = 0, failed: Int = 0, skipped: Int = 0) {
        self.completed = completed
        self.failed = failed
        self.skipped = skipped
    }

    public var total: Int { completed + failed + skipped }
}
