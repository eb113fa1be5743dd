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
    /// → `waiting` until an answer or the end of its time; the attempt is given back. → `available`
    /// at once when the answer came while the attempt ran
    case wait
    /// → `held` by the limit `key` for that long at most; the attempt is given back
    case hold(key: String, reason: String, for: Duration)
    /// → `failed`: out of attempts, or another attempt could not help
    case failed
    /// → `cancelled`
    case cancelled

    /// The word `settle_jobs` uses; the ledger's too, where a hold is a `snooze`.
    public var word: String {
        switch self {
        case .completed: "completed"
        case .retry: "retry"
        case .snooze: "snooze"
        case .interrupt: "interrupt"
        case .wait: "wait"
        case .hold: "hold"
        case .failed: "failed"
        case .cancelled: "cancelled"
        }
    }

    /// How long until the job is due again, for a retry and a snooze; for a hold, at most.
    public var delay: Duration? {
        switch self {
        case .retry(let delay), .snooze(let delay), .hold(_, _, let delay): delay
        case .completed, .interrupt, .wait, .failed, .cancelled: nil
        }
    }

    /// Whether the job ended for good.
    public var isFinal: Bool {
        switch self {
        case .completed, .failed, .cancelled: true
        case .retry, .snooze, .interrupt, .wait, .hold: false
        }
    }
}
