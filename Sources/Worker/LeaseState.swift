import Synchronization

/// When the worker's heartbeat was last confirmed, on a clock that counts the machine's sleep
/// (CLOCK_BOOTTIME).
final class LeaseState: Sendable {
    private let confirmed: Mutex<ContinuousClock.Instant?>
    private let fenceAfter: Duration
    private let timing: Timing

    init(fenceAfter: Duration, timing: Timing = .machine) {
        self.fenceAfter = fenceAfter
        self.timing = timing
        confirmed = Mutex(nil)
    }

    /// `sent` is when the heartbeat left, not when its answer came: the database may have counted
    /// from then.
    func confirm(sent: ContinuousClock.Instant) {
        confirmed.withLock { $0 = sent }
    }

    /// Whether the worker may claim, run and feed its watchdog.
    var isHealthy: Bool { remaining > .zero }

    /// How long until the worker fences itself unless a heartbeat is confirmed.
    var remaining: Duration {
        guard let confirmed = confirmed.withLock({ $0 }) else { return .zero }
        return fenceAfter - confirmed.duration(to: timing.now())
    }
}
