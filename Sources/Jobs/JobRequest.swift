import FoundationEssentials
import JSON

/// A job about to be enqueued; what is nil gets the table's default.
public struct JobRequest: Sendable {
    public var kind: String
    public var payload: JSONValue
    public var userID: String?
    public var agentID: UUID?
    public var queue: String
    /// 0 (first) to 9.
    public var priority: Int
    /// When it falls due; nil means now.
    public var runAt: Date?
    public var maxAttempts: Int
    /// The job's time limit in seconds; nil means the worker's default.
    public var timeoutSeconds: Int?
    /// While a job with this key is unfinished or has completed, enqueueing it again answers that
    /// job.
    public var uniqueKey: String?
    public var executionType: String
    public var traceContext: String?

    public init(
        kind: String, payload: JSONValue, userID: String? = nil, agentID: UUID? = nil,
        queue: String = "default", priority: Int = 0, runAt: Date? = nil, maxAttempts: Int = 3,
        timeoutSeconds: Int? = nil, uniqueKey: String? = nil, executionType: String = "manual",
        traceContext: String? = nil
    ) {
        self.kind = kind
        self.payload = payload
        self.userID = userID
        self.agentID = agentID
        self.queue = queue
        self.priority = priority
        self.runAt = runAt
        self.maxAttempts = maxAttempts
        self.timeoutSeconds = timeoutSeconds
        self.uniqueKey = uniqueKey
        self.executionType = executionType
        self.traceContext = traceContext
    }
}
