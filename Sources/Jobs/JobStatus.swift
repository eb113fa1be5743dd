import FoundationEssentials
import JSON
import Postgres

/// A job as `job_status` shows it.
public struct JobStatus: Sendable {
    public let id: Int64
    public let kind: String
    public let queue: String
    public let state: String
    public let attempt: Int
    public let maxAttempts: Int
    public let runAt: Date
    public let createdAt: Date
    public let finishedAt: Date?
    public let executionID: UUID
    /// Tokens of all its model calls so far.
    public let totalTokens: Int64
    /// Exact decimal text; nil when a model had no price.
    public let costUSD: String?
    public let lastError: String?
    /// `why_job`'s line.
    public let reason: String
    public let output: JSONValue?

    /// Whether nothing will happen to it any more.
    public var isFinished: Bool { finishedAt != nil }

    init(row: PostgresRow) throws(PostgresError) {
        id = try row.decode(Int64.self, "job_id")
        kind = try row.decode(String.self, "kind")
        queue = try row.decode(String.self, "queue")
        state = try row.decode(String.self, "state")
        attempt = Int(try row.decode(Int32.self, "attempt"))
        maxAttempts = Int(try row.decode(Int32.self, "max_attempts"))
        runAt = try row.decode(Date.self, "run_at")
        createdAt = try row.decode(Date.self, "created_at")
        finishedAt = try row.decodeIfPresent(Date.self, "finished_at")
        executionID = try row.decode(UUID.self, "execution_id")
        totalTokens = try row.decode(Int64.self, "total_tokens")
        costUSD = try row.decodeIfPresent(String.self, "cost_usd")
        lastError = try row.decodeIfPresent(String.self, "last_error")
        reason = try row.decode(String.self, "reason")
        output = try row.decodeIfPresent(JSONValue.self, "output")
    }

    /// The same as JSON, for `--json`.
    public var json: JSONValue {
        [
            "id": JSONValue(Int(id)), "kind": .string(kind), "queue": .string(queue),
            "state": .string(state), "attempt": JSONValue(attempt),
            "max_attempts": JSONValue(maxAttempts), "run_at": .string(runAt.formatted(.iso8601)),
            "created_at": .string(createdAt.formatted(.iso8601)),
            "finished_at": finishedAt.map { .string($0.formatted(.iso8601)) } ?? .null,
            "execution_id": .string(executionID.uuidString.lowercased()),
            "total_tokens": JSONValue(Int(totalTokens)),
            "cost_usd": costUSD.flatMap { JSONNumber(text: $0) }.map { .number($0) } ?? .null,
            "last_error": lastError.map { .string($0) } ?? .null, "reason": .string(reason),
            "output": output ?? .null,
        ]
    }
}
