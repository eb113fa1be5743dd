import Journal

/// Why a step did not end well: it failed, or it waits for something from outside, which unwinds
/// like a failure but is none.
struct StepFailure: Error, Sendable {
    var failure: RunFailure
    /// Whether repeating it is safe: it may help, and it cannot do anything twice.
    var isRepeatable: Bool
    /// The names retry policies know the failure by, upper case.
    var codes: Set<String>
    /// Whether the step may have had its effect all the same.
    var mayHaveHappened = false
    /// Whether it comes from the journal: an earlier attempt of the job met it and went on.
    var isReplayed = false
    /// What the step waits for; then nothing has failed.
    var suspension: Suspension?

    init(_ failure: RunFailure, isRepeatable: Bool = false, codes: Set<String> = []) {
        self.failure = failure
        self.isRepeatable = isRepeatable
        self.codes = codes
    }

    init(_ suspension: Suspension) {
        self.init(RunFailure(.tool, code: "SUSPENDED", message: suspension.description))
        self.suspension = suspension
    }

    /// What an error of the journal, or of a body it ran, means for the step.
    init(catching error: any Error) {
        switch error {
        case let failure as StepFailure: self = failure
        case let suspension as Suspension: self.init(suspension)
        default: self.init(RunFailure.from(error))
        }
    }

    /// Reasons that doing something else does not mend: who may do it, and what was asked.
    private static let lastingCodes: Set<String> = [
        "AUTH_FAILED", "FORBIDDEN", "401", "403", "VALIDATION_ERROR", "BLOCKED_BY_RULE",
    ]

    /// Whether a fallback may stand in: the step certainly did nothing, and neither the workflow
    /// nor a permission is at fault.
    var allowsFallback: Bool {
        suspension == nil && !failure.endsRun && !mayHaveHappened
            && failure.failureClass != .invalidPayload && codes.isDisjoint(with: Self.lastingCodes)
    }
}

extension StepFailure: EffectReporting {}
