import FoundationEssentials
import JSON
import Postgres

/// A job as its claim handed it over: everything a handler needs, read in one statement.
public struct ClaimedJob: Sendable {
    public let id: Int64
    public let kind: String
    public let queue: String
    /// 0 (first) to 9.
    public let priority: Int16
    /// When this attempt was due.
    public let runAt: Date
    /// null when it could not be read; `payloadFault` says why.
    public let payload: JSONValue
    /// Why the payload could not be read, such as nesting beyond what this version takes. One job's
    /// fault must not cost the others of its claim.
    public let payloadFault: String?
    public let userID: String?
    public let agentID: UUID?
    /// The id of the one execution record this job will leave behind.
    public let executionID: UUID
    /// This claim's number among those that count, from 1.
    public let attempt: Int
    public let maxAttempts: Int
    /// How often the job was snoozed so far; the retry policy bounds it.
    public let snoozes: Int
    /// The fence: minted by this claim, required by everything written for it.
    public let attemptID: UUID
    /// The job's own time limit; nil means the worker's default.
    public let timeout: Duration?
    /// When the job first fell due: the same instant on every attempt.
    public let firstDue: Date
    /// W3C traceparent of the application that enqueued the job.
    public let traceContext: String?

    /// The lane it came from.
    public var lane: Lane { Lane(queue: queue, priority: priority, user: userID ?? "") }
    /// Its place in its lane.
    public var place: LaneFloor { LaneFloor(runAt: runAt, jobID: id) }

    /// A job claimed by hand, in fakes.
    public init(
        id: Int64, kind: String, queue: String, priority: Int16, runAt: Date,
        payload: JSONValue = [:], userID: String?, agentID: UUID? = nil, executionID: UUID,
        attempt: Int, maxAttempts: Int, snoozes: Int, attemptID: UUID, timeout: Duration? = nil,
        firstDue: Date
    ) {
        self.id = id
        self.kind = kind
        self.queue = queue
        self.priority = priority
        self.runAt = runAt
        self.payload = payload
        payloadFault = nil
        self.userID = userID
        self.agentID = agentID
        self.executionID = executionID
        self.attempt = attempt
        self.maxAttempts = maxAttempts
        self.snoozes = snoozes
        self.attemptID = attemptID
        self.timeout = timeout
        self.firstDue = firstDue
        traceContext = nil
    }

    init(row: PostgresRow) throws(PostgresError) {
        // In the order of the columns, which finds them at once.
        id = try row.decode(Int64.self, "id")
        kind = try row.decode(String.self, "kind")
        queue = try row.decode(String.self, "queue")
        do {
            payload = try row.decode(JSONValue.self, "payload")
            payloadFault = nil
        } catch {
            payload = .null
            payloadFault = error.message
        }
        userID = try row.decodeIfPresent(String.self, "user_id")
        agentID = try row.decodeIfPresent(UUID.self, "agent_id")
        executionID = try row.decode(UUID.self, "execution_id")
        attempt = Int(try row.decode(Int32.self, "attempt"))
        maxAttempts = Int(try row.decode(Int32.self, "max_attempts"))
        snoozes = Int(try row.decode(Int32.self, "snoozes"))
        attemptID = try row.decode(UUID.self, "attempt_id")
        timeout = try row.decodeIfPresent(Int32.self, "timeout_s").map { .seconds(Int64($0)) }
        traceContext = try row.decodeIfPresent(String.self, "trace_context")
        firstDue = try row.decode(Date.self, "scheduled_at")
        priority = try row.decode(Int16.self, "priority")
        runAt = try row.decode(Date.self, "run_at")
    }
}
