import EventLoop
import Jobs

/// Feeds systemd's watchdog while every event loop turns and the lease keeper makes rounds, failed
/// ones too: a worker that hangs is restarted, one that only waits for its database keeps its paid
/// results.
struct Watchdog: Sendable {
    let notifier: ServiceNotifier
    let progress: ProgressCounter
    let loops: [EventLoop]
    /// Rung before each look, so that a keeper with a long lease makes a round in time.
    let keeper: Doorbell

    /// Runs until cancelled; returns at once when no watchdog is set.
    func run() async {
        guard let interval = notifier.watchdogInterval else { return }
        var seen = -1
        while !Task.isCancelled {
            for loop in loops { await loop.roundTrip() }
            let rounds = progress.value
            if rounds != seen { notifier.feedWatchdog() }
            seen = rounds
            keeper.ring()
            // Half of what systemd recommends, so that one late round does no harm.
            try? await Task.sleep(for: interval / 2)
        }
    }
}
