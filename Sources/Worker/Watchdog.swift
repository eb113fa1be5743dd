import EventLoop

/// Feeds systemd's watchdog while the lease is healthy and every event loop turns: a worker that
/// can do nothing is restarted.
struct Watchdog: Sendable {
    let notifier: ServiceNotifier
    let lease: LeaseState
    let loops: [EventLoop]

    /// Runs until cancelled; returns at once when no watchdog is set.
    func run() async {
        guard let interval = notifier.watchdogInterval else { return }
        while !Task.isCancelled {
            for loop in loops { await loop.roundTrip() }
            if lease.isHealthy { notifier.feedWatchdog() }
            try? await Task.sleep(for: interval)
        }
    }
}
