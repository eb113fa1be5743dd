import FoundationEssentials

/// What a heartbeat learned.
public struct Heartbeat: Sendable {
    /// When it was written, by the database's clock.
    public let writtenAt: Date
    /// When the heartbeat that it replaced was written; nil when the worker was unknown.
    public let replaced: Date?
    /// About the attempts held; silent about those that are well.
    public let news: [AttemptNews]

    public init(writtenAt: Date, replaced: Date?, news: [AttemptNews]) {
        self.writtenAt = writtenAt
        self.replaced = replaced
        self.news = news
    }

    /// Whether the database has forgotten an earlier heartbeat, which it had acknowledged: that it
    /// was written then, and something older was replaced now. So an asynchronous failover shows, and
    /// a server that does not flush.
    public func hasForgotten(_ acknowledged: Heartbeat) -> Bool {
        // A worker may be forgotten on purpose after a day of silence.
        guard writtenAt.timeIntervalSince(acknowledged.writtenAt) < 3600 else { return false }
        guard let replaced else { return true }
        // Dates are fractions of seconds: half a millisecond is beyond their rounding.
        return replaced.timeIntervalSince(acknowledged.writtenAt) < -0.000_5
    }
}
