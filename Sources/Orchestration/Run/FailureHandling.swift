import Journal

/// What becomes of a failure of one try of a step: another try, something else, or the run's end.
///
/// A failure that the run goes on after is part of its history: the journal keeps it, so that a
/// later attempt of the job goes the same way instead of trying again what it has replaced.
struct FailureHandling: Sendable {
    let policy: StepRetryPolicy
    let maxBackoff: Duration
    /// Whether the step, or one it is nested in, lets the run go on after a failure.
    let isAbsorbed: Bool
    let hasFallback: Bool

    /// The pause before the next try; nil when there is none. `tries` counts those that failed.
    func pause(after failure: StepFailure, tries: Int, jitter: Double) -> Duration? {
        guard failure.suspension == nil, !failure.failure.endsRun else { return nil }
        let pause = policy.delay(after: failure, failures: tries, jitter: jitter, limit: maxBackoff)
        return failure.isReplayed ? pause.map { _ in .zero } : pause
    }

    /// Whether the run goes on after the failure.
    func goesOn(after failure: StepFailure, tries: Int) -> Bool {
        guard failure.suspension == nil, !failure.failure.endsRun else { return false }
        return isAbsorbed || (hasFallback && failure.allowsFallback)
            || pause(after: failure, tries: tries, jitter: 0) != nil
    }
}
