import JSON

/// An error of a step's body that says whether its effect may have happened all the same.
///
/// Any other error of a `.once` step counts as "may have happened": the step is not repeated. So
/// an error that is thrown although nothing happened (a call that was refused, or never sent)
/// conforms and says so; then a later attempt may repeat the step.
public protocol EffectReporting: Error {
    var mayHaveHappened: Bool { get }
}

/// Thrown by a step's body whose effect is unknown but which has an answer for the run all the
/// same, such as "no answer within the time limit" for a model to read. The answer is kept and replayed
/// like an output; the journal shows the step as `unknown`, and it is never repeated.
public struct UnknownEffect: EffectReporting {
    public var answer: JSONValue
    public var mayHaveHappened: Bool { true }

    public init(answer: JSONValue) {
        self.answer = answer
    }
}
