/// How a worker deals with the memory of agents. The defaults are the origin's.
public struct MemorySettings: Sendable, Hashable {
    /// Whose runs have memory.
    public enum Mode: String, Sendable, CaseIterable {
        /// Those of every agent that does not say otherwise.
        case on
        /// Those of agents that say so (`agents.memory_enabled`).
        case agents
        /// Nobody's.
        case off
    }

    public var mode = Mode.on
    /// Estimated tokens of what a run is told.
    public var tokens = 800
    /// The model that writes summaries.
    public var model = "gpt-4o-mini"
    /// Time limit of a summary.
    public var timeout = Duration.seconds(30)
    /// How long the memory of a run is kept.
    public var retention = Duration.seconds(90 * 86400)
    /// Memories of runs kept per agent and user, the newest.
    public var mostKept = 50

    /// The longest that a memory of little importance is kept.
    static let lowRetention = Duration.seconds(30 * 86400)

    public init() {}
}
