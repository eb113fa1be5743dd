import JSON

/// Somebody's answer to what a job waits for.
public struct Approval: Sendable, Hashable {
    public enum Decision: String, Sendable, CaseIterable {
        case approve, reject
    }

    public var jobID: Int64
    public var decision: Decision
    /// Who decided.
    public var approver: String
    public var comment: String?
    /// The key of the event that is meant, when the job waits for several at once.
    public var event: String?
    /// What the event asks for beyond a decision.
    public var content: JSONValue?

    public init(
        jobID: Int64, decision: Decision, approver: String, comment: String? = nil,
        event: String? = nil, content: JSONValue? = nil
    ) {
        self.jobID = jobID
        self.decision = decision
        self.approver = approver
        self.comment = comment
        self.event = event
        self.content = content
    }
}
