/// How much memory a run was told: the record's `memory {tokens, entries, types}`, which operation 4
/// counts. Both engines report it the same way.
public struct MemoryUse: Sendable, Hashable {
    /// Estimated (`MemoryContext.tokens`).
    public var tokens: Int
    public var entries: Int
    /// `summaries`, `user_context`: those of which there was something.
    public var types: [String]

    public init(tokens: Int = 0, entries: Int = 0, types: [String] = []) {
        self.tokens = tokens
        self.entries = entries
        self.types = types
    }

    /// Of a run that was told nothing.
    public static let none = MemoryUse()
}
