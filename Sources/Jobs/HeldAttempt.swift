import FoundationEssentials

/// An attempt that a worker believes it holds.
public struct HeldAttempt: Sendable, Hashable {
    public let jobID: Int64
    public let attemptID: UUID

    public init(jobID: Int64, attemptID: UUID) {
        self.jobID = jobID
        self.attemptID = attemptID
    }
}

/// What a heartbeat learned about an attempt.
public enum AttemptNews: Sendable, Hashable {
    /// Somebody asked to cancel the job.
    case cancelRequested(UUID)
    /// The attempt is no longer this worker's.
    case lost(UUID)
}
