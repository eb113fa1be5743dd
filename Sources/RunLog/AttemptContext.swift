import FoundationEssentials

/// Whose attempt a record belongs to.
public struct AttemptContext: Sendable, Hashable {
    public let jobID: Int64
    /// The fence.
    public let attemptID: UUID
    public let executionID: UUID
    public let agentID: UUID?
    public let userID: String?

    public init(
        jobID: Int64, attemptID: UUID, executionID: UUID, agentID: UUID?, userID: String?
    ) {
        self.jobID = jobID
        self.attemptID = attemptID
        self.executionID = executionID
        self.agentID = agentID
        self.userID = userID
    }
}
