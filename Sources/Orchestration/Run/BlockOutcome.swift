import AgentKit
import JSON
import Journal

/// How a list of steps ended.
struct BlockOutcome: Sendable {
    var counts = StepCounts()
    /// nil when no step failed, or only steps the run goes on after.
    var failure: RunFailure?
    /// What steps wait for, if there was no failure: they went no further.
    var suspension: Suspension?
    var activity = RunActivity()
    /// The scope after the last step: outputs and variables added.
    var scope: Scope
    /// Outputs by step id, those nested steps export included; null for skipped steps.
    var outputs: [String: JSONValue] = [:]
    /// The variables these steps set.
    var variables: JSONObject = [:]

    /// Why the list did not run to its end.
    var earlyEnd: StepFailure? {
        failure.map { StepFailure($0) } ?? suspension.map { StepFailure($0) }
    }

    /// The data of the steps that have some, in the order of the list.
    func data(of block: StepBlock) -> JSONValue {
        var data = JSONObject()
        for step in block.steps {
            if let value = outputs[step.step.id]?["data"] { data[step.step.id] = value }
        }
        return .object(data)
    }
}
