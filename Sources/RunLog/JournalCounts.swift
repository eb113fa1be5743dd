/// What a journal did in one attempt.
public struct JournalCounts: Sendable, Hashable {
    /// Calls and steps that an earlier attempt had made.
    public var replayed = 0
    /// Calls and steps made.
    public var performed = 0
    /// Among those made: requests that differ from what an earlier attempt made under the same key.
    public var divergences = 0
    /// Models that answered calls whose cost is not known, as `provider/model` and, where the
    /// provider names one, the service tier.
    public var unpricedModels: Set<String> = []

    public init(replayed: Int = 0, performed: Int = 0, divergences: Int = 0) {
        self.replayed = replayed
        self.performed = performed
        self.divergences = divergences
    }
}
