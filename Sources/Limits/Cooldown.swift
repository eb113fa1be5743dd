import Journal

/// A model, or a whole provider, that is not asked for now.
public struct Cooldown: Sendable, Hashable {
    public var kind: ProviderRefusal.Kind
    /// The provider's status and code.
    public var reason: String
    /// No call before then.
    public var until: ContinuousClock.Instant
    /// While a probe is on its way: when it is given up.
    public var probedUntil: ContinuousClock.Instant?
    /// The line for people and for `jobs.hold_reason`.
    public var line: String

    public init(
        kind: ProviderRefusal.Kind, reason: String, until: ContinuousClock.Instant,
        probedUntil: ContinuousClock.Instant? = nil, line: String
    ) {
        self.kind = kind
        self.reason = reason
        self.until = until
        self.probedUntil = probedUntil
        self.line = line
    }

    /// `jobs.hold_key` of what it holds; the same as the database's `cooldown_key`.
    func key(_ name: ProviderModel) -> String {
        kind == .quota
            ? Suspension.quotaPrefix + name.provider
            : Suspension.cooldownPrefix + name.description
    }
}
