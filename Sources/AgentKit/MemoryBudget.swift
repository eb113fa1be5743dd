/// How much of the past a run is told. The defaults are the origin's.
public struct MemoryBudget: Sendable, Hashable {
    /// Estimated tokens of all memories together.
    public var maxTokens = 800
    /// Runs that are told whatever they cost.
    public var minRecentRuns = 3
    public var maxRecentRuns = 5
    /// Things known of the user, the most important ones.
    public var maxUserMemories = 10
    /// Characters of one memory; what is longer is cut. Applications write memories too.
    public var maxCharacters = 2000

    public init() {}
}
