import FoundationEssentials

/// Time and chance as a run meets them; tests have their own.
struct Surroundings: Sendable {
    /// Waits; throws when the task is cancelled.
    var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    /// Returns when a time limit of this length, begun now, is over; throws when the task is
    /// cancelled.
    var alarm: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    /// The wall clock: the end of a delay must mean the same after a restart.
    var now: @Sendable () -> Date = { Date() }
    /// The random part of a pause, −0.2 … 0.2.
    var jitter: @Sendable () -> Double = { .random(in: -0.2...0.2) }
}
