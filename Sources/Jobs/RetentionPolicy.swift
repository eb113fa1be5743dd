import FoundationEssentials

/// How long what has ended is kept.
public struct RetentionPolicy: Sendable {
    /// `completed_jobs`, `token_usage` ….
    public let subject: String
    /// As PostgreSQL writes an interval; nil: for ever.
    public let keep: String?
    /// Rows removed so far of the table that the subject is in.
    public let pruned: Int64
    /// When the table's next sweep begins; nil when one is under way or due.
    public let nextSweep: Date?
}
