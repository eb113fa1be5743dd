import Journal

/// How one step ended, with everything it did.
struct StepEnd: Sendable {
    var id: String
    var result: Result<StepOutput, StepFailure>
    var activity: RunActivity
}
