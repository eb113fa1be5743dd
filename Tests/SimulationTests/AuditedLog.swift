import Logging

/// Listens to a worker's log for what must never be said, and keeps it where a replay shows it.
// Unchecked: like all of a simulation, touched by its one thread only.
struct AuditedLog: LogHandler, @unchecked Sendable {
    let process: Process
    let auditor: Auditor
    /// Whether results may be left to rescue: on the way down only.
    let mayGiveUp: () -> Bool
    let isShown: Bool

    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level {
        get { isShown ? .info : .error }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        guard !process.isDead else { return }
        if event.message.description.hasPrefix("job not settled"), !mayGiveUp() {
            auditor.report("lost: a run's result was given up, \(event.metadata ?? [:])")
        }
        if isShown {
            print(
                process.scheduler.time, "worker \(process.number)", event.message,
                event.metadata ?? [:])
        }
    }
}
