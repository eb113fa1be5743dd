/// When to try again. Delays are drawn evenly from the upper half of an exponential curve, so that
/// jobs that failed together do not return together: with the defaults 2.5–5 s after the first
/// failed attempt, 5–10 s after the second, 10–20 s after the third, 5–10 min from the eighth on.
public struct RetryPolicy: Sendable, Hashable {
    /// The longest delay after the first failed attempt; doubles with each further one.
    public var base: Duration
    /// The longest delay ever.
    public var cap: Duration
    /// The longest wait a provider may ask for; a longer one is cut to it.
    public var longestSnooze: Duration
    /// How often a job may be snoozed before a rate limit counts as a failed attempt.
    public var mostSnoozes: Int

    public init(
        base: Duration = .seconds(5), cap: Duration = .seconds(600),
        longestSnooze: Duration = .seconds(900), mostSnoozes: Int = 100
    ) {
        self.base = base
        self.cap = cap
        self.longestSnooze = longestSnooze
        self.mostSnoozes = mostSnoozes
    }

    /// The delay after failed attempt number `attempt` (from 1). `random` is evenly drawn from
    /// 0..<1.
    public func delay(afterAttempt attempt: Int, random: Double) -> Duration {
        var longest = base
        for _ in 1..<max(1, min(attempt, 64)) where longest < cap { longest *= 2 }
        return min(longest, cap) * (0.5 + random / 2)
    }

    /// How long to leave a job alone that a provider sent away: what it asked for, cut to the
    /// longest snooze, and a little more (up to a tenth) so that a fleet does not return in one
    /// instant.
    public func snooze(asked: Duration?, snoozes: Int, random: Double) -> Duration {
        let wanted = asked ?? delay(afterAttempt: snoozes + 1, random: random)
        return max(.zero, min(wanted, longestSnooze)) * (1 + random / 10)
    }
}
