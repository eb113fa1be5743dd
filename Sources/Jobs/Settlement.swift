import FoundationEssentials
import JSON
import Journal

/// The end of one attempt, as `settle_jobs` takes it.
public struct Settlement: Sendable {
    public let jobID: Int64
    public let attemptID: UUID
    public let outcome: Outcome
    public let failure: RunFailure?
    /// What the record says of the failure; safe to show.
    public var error: String? { failure?.description }
    /// The job's output, when it has one.
    public let output: JSONValue?
    /// What a run report says beyond the job's own columns (agentkit, orchestrator).
    public let run: JSONValue?
    /// What the generation log keeps (generation).
    public let generation: JSONValue?

    public init(
        jobID: Int64, attemptID: UUID, outcome: Outcome, failure: RunFailure? = nil,
        output: JSONValue? = nil, run: JSONValue? = nil, generation: JSONValue? = nil
    ) {
        self.jobID = jobID
        self.attemptID = attemptID
        self.outcome = outcome
        self.failure = failure
        self.output = output
        self.run = run
        self.generation = generation
    }

    /// The same end without anything a model wrote: for a settlement that Postgres refused to store
    /// (SQLSTATE class 22 or 54).
    public func payloadRejected(_ reason: String) -> Settlement {
        Settlement(
            jobID: jobID, attemptID: attemptID, outcome: outcome == .completed ? .failed : outcome,
            failure: RunFailure(
                failure?.failureClass ?? .validation, code: "PAYLOAD_REJECTED",
                message: "the result could not be stored: \(reason)"))
    }

    /// The element of `settle_jobs`' array, clean of what jsonb cannot hold.
    public var json: JSONValue {
        var members: JSONObject = [
            "job_id": JSONValue(Int(jobID)), "attempt_id": .string(attemptID.uuidString),
            "outcome": .string(outcome.word),
        ]
        if let delay = outcome.delay { members["delay_ms"] = JSONValue(Int(delay.inMilliseconds)) }
        if case .hold(let key, let reason, _) = outcome {
            members["hold_key"] = .string(key)
            members["hold_reason"] = .string(reason)
        }
        if let failure {
            members["failure_class"] = .string(failure.failureClass.rawValue)
            members["error"] = .string(failure.description)
        }
        members["output"] = output
        members["run"] = run
        members["generation"] = generation
        return JSONValue.object(members).storable()
    }
}
