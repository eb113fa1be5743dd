/// A worker's part of one allowance (requests, or tokens): how much of it there is and when each
/// unit may be used.
///
/// The allowance stands at `level` at the time `since` and grows by `rate` a second. A unit is ready
/// when the level reaches it; below zero the level says that others were leased what comes first.
struct AllowanceLine: Sendable, Hashable {
    /// Units that this worker may use.
    let granted: Double
    let level: Double
    /// Units a second, above zero.
    let rate: Double
    let since: ContinuousClock.Instant
    private(set) var used = 0.0

    init(granted: Double, level: Double, rate: Double, since: ContinuousClock.Instant) {
        self.granted = granted
        self.level = level
        self.rate = rate
        self.since = since
    }

    /// What is not used yet.
    var unused: Double { max(0, granted - used) }

    /// When so many units may be used at once; nil when there are not so many left. What is more
    /// than a second's worth is let through once a second's worth is there, and paid off after.
    func readyAt(_ amount: Double) -> ContinuousClock.Instant? {
        guard amount <= unused else { return nil }
        let missing = min(amount, max(1, rate)) - (level - used)
        return missing <= 0 ? since : since + .seconds(missing / rate)
    }

    mutating func take(_ amount: Double) {
        used += amount
    }
}
