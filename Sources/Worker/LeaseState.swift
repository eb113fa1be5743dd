import FoundationEssentials
import Synchronization

/// When the worker's heartbeat was last confirmed, on a clock that counts the machine's sleep
/// (CLOCK_BOOTTIME).
final class LeaseState: Sendable {
    private struct Confirmation {
        let sent: ContinuousClock.Instant
        let received: ContinuousClock.Instant
        let written: Date
    }

    private let confirmed: Mutex<Confirmation?>
    private let fenceAfter: Duration
    private let timing: Timing

    init(fenceAfter: Duration, timing: Timing = .machine) {
        self.fenceAfter = fenceAfter
        self.timing = timing
        confirmed = Mutex(nil)
    }

    /// `sent` is when the heartbeat left, not when its answer came: the database may have counted
    /// from then. `written` is when the database wrote it, by its own clock.
    func confirm(sent: ContinuousClock.Instant, written: Date) {
        let confirmation = Confirmation(sent: sent, received: timing.now(), written: written)
        confirmed.withLock { $0 = confirmation }
    }

    /// The time of the database's clock, rather too early by what the heartbeat's answer took.
    var databaseTime: Date? {
        guard let last = confirmed.withLock({ $0 }) else { return nil }
        return last.written.addingTimeInterval(last.received.duration(to: timing.now()).inSeconds)
    }

    /// Whether the worker may claim, run and feed its watchdog.
    var isHealthy: Bool { remaining > .zero }

    /// How long until the worker fences itself unless a heartbeat is confirmed.
    var remaining: Duration {
        guard let confirmed = confirmed.withLock({ $0 }) else { return .zero }
        return fenceAfter - confirmed.sent.duration(to: timing.now())
    }
}
