import Journal

/// How an attempt ended for the queue. Each case names the state its settlement leads to.
public enum Outcome: Sendable, Hashable {
    /// → `completed`
    case completed
    /// → `available` after a delay; the attempt counts
    case retry(after: Duration)
    /// → `available` after a delay; the attempt is given back
    case snooze(after: Duration)
    /// → `available` at once; the attempt is given back
    case interrupt
    /// → `failed`: out of attempts, or another attempt could not help
    case failed
    /// → `cancelled`
    case cancelled

    /// The word `settle_jobs` and the ledger use.
    public var word: String {
        switch self {
        case .completed: "completed"
        case .retry: "retry"
        case .snooze: "snooze"
        case .interrupt: "interrupt"
        case .failed: "failed"
        case .cancelled: "cancelled"
        }
    }

    /// How long until the job is due again, for a retry and a snooze.
    public var delay: Duration? {
        switch self {
        case .retry(let delay), .snooze(let delay): delay
        case .completed, .interrupt, .failed, .cancelled: nil
        }
    }

    /// Whether the job ended for good.
    public var isFinal: Bool {
        switch self {
        case .completed, .failed, .cancelled: true
        case .retry, .snooze, .interrupt: false
        }
    }
}
