/// How far a step of a list is.
enum StepState: Hashable {
    /// Not started. → running, skipped
    case pending
    /// → completed, failed, tolerated, skipped, suspended
    case running
    /// Ended well, with the branch it chose, if it decides on any.
    case completed(branch: String?)
    /// Failed, and the run with it.
    case failed
    /// Failed, but the run goes on as if it had ended.
    case tolerated
    /// Waits for something from outside; no more happens to it in this attempt.
    case suspended
    /// Never ran, or had itself left out.
    case skipped

    /// Whether the step will change no more.
    var isSettled: Bool {
        switch self {
        case .pending, .running, .suspended: false
        case .completed, .failed, .tolerated, .skipped: true
        }
    }
}
