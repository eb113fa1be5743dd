import FoundationEssentials

/// Thrown where a run cannot go on: before something comes from outside, or before a limit has room
/// again. It is no failure: the run ends here, its job waits or is held without a slot and without
/// using an attempt, and a later attempt replays up to this place.
public struct Suspension: Error, Sendable, Hashable, CustomStringConvertible {
    /// The key of the event that is waited for; of a limit, its name in `jobs.hold_key`, such as
    /// `cooldown:openai/gpt-4o`.
    public var key: String
    /// When the wait's own time is over, by the database's clock; nil when it has no limit.
    public var until: Date?
    /// What is waited for, such as `human_approval`; of a limit, a line for people, with its
    /// figures.
    public var reason: String
    /// Of a limit: how long the job is held at most before it is tried again. nil for an event.
    public var holdFor: Duration?
    /// Of a limit that a provider named in refusing a call: that refusal, for the ledger.
    public var failure: RunFailure?

    public init(key: String, until: Date? = nil, reason: String) {
        self.key = key
        self.until = until
        self.reason = reason
    }

    /// A limit, budget or cool-down stops the run: nothing was spent on what it was about to do.
    /// What lifts the limit earlier releases the holds of `key` itself.
    public static func limit(
        key: String, reason: String, for duration: Duration
    ) -> Suspension {
        var suspension = Suspension(key: key, reason: reason)
        suspension.holdFor = duration
        return suspension
    }

    public var description: String {
        holdFor == nil ? "waiting for \(reason) (\(key))" : "held by \(reason) (\(key))"
    }
}
