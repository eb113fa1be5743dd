import FoundationEssentials

/// Thrown where a run cannot go on before something comes from outside. It is no failure: the run
/// ends here, its job waits without a slot, and a later attempt replays up to this place.
public struct Suspension: Error, Sendable, Hashable, CustomStringConvertible {
    /// The key of the event that is waited for.
    public var key: String
    /// When the wait's own time is over, by the database's clock; nil when it has no limit.
    public var until: Date?
    /// What is waited for, such as `human_approval`.
    public var reason: String

    public init(key: String, until: Date? = nil, reason: String) {
        self.key = key
        self.until = until
        self.reason = reason
    }

    public var description: String { "waiting for \(reason) (\(key))" }
}
