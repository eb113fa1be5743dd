/// What the worker's decisions take from the machine: the time, its passing, and the chance that
/// spreads moments so that a fleet does not act in one instant. A simulation gives others.
struct Timing: Sendable {
    /// Now, on a clock that counts the machine's sleep.
    var now: @Sendable () -> ContinuousClock.Instant
    /// Returns after the time; throws when the task is cancelled before.
    var sleep: @Sendable (Duration) async throws -> Void
    /// Evenly drawn from 0..<1.
    var chance: @Sendable () -> Double

    static let machine = Timing(
        now: { .now }, sleep: { try await Task.sleep(for: $0) },
        chance: { .random(in: 0..<1) })

    /// Evenly drawn from `range`.
    func random(in range: Range<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * chance()
    }
}
