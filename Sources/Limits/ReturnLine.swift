/// When runs are to come back whose permit is too far away: one after the other, at the pace at
/// which this worker gets permits, so that a backlog is held once and not claimed and held again
/// and again.
struct ReturnLine: Sendable {
    /// The shortest and the longest hold (I8).
    static let shortest = Duration.seconds(1)
    static let longest = Duration.seconds(600)

    /// When the permit is due of the next run that is held.
    private var next: ContinuousClock.Instant?

    init() {}

    /// How long to hold a run whose permit is `wait` away. It comes back half of `patience` before
    /// its permit is due, so that the line at the gate never runs dry.
    mutating func hold(
        wait: Duration, callsPerSecond: Double?, patience: Duration, now: ContinuousClock.Instant
    ) -> Duration {
        let due = max(next ?? now, now + wait)
        next = min(due, now + Self.longest) + .seconds(1 / max(callsPerSecond ?? 1, 0.001))
        return min(max(due - now - patience / 2, Self.shortest), Self.longest)
    }
}

extension ContinuousClock.Instant {
    static func - (later: Self, earlier: Self) -> Duration { earlier.duration(to: later) }
}
