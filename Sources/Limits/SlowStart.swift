/// How many calls of a model a worker may have on their way after a cool-down ended whose limit
/// nobody knows: one in the first second, and twice as many in each further one. What was held
/// goes back to work, and must not meet the same refusal at once.
struct SlowStart: Sendable, Hashable {
    /// After so many doublings no bound is left that would matter.
    static let steps = 7

    let since: ContinuousClock.Instant

    /// The most calls at this time; nil: as many as there are.
    func most(at now: ContinuousClock.Instant) -> Int? {
        let step = Int((now - since) / .seconds(1))
        return step >= Self.steps ? nil : 1 << max(0, step)
    }

    /// When the bound rises next.
    func nextStep(after now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        since + .seconds(Int((now - since) / .seconds(1)) + 1)
    }
}
