import FoundationEssentials
import JSON
import Postgres

extension JobQueue {
    /// Enqueues one job through `enqueue_job` and returns its id (the id of the job that has the
    /// unique key, if one has).
    public func enqueue(_ job: JobRequest) async throws(PostgresError) -> Int64 {
        let rows = try await query(
            """
            SELECT enqueue_job(
                kind => $1, payload => $2, user_id => $3, agent_id => $4, queue => $5,
                priority => $6, run_at => $7, max_attempts => $8, timeout_s => $9,
                unique_key => $10, execution_type => $11, trace_context => $12) AS id
            """,
            [
                .text(job.kind), .json(job.payload.storable()), .optional(job.userID),
                job.agentID.map { .uuid($0) } ?? .null, .text(job.queue),
                .int32(Int32(clamping: job.priority)), job.runAt.map { .date($0) } ?? .null,
                .int32(Int32(clamping: job.maxAttempts)),
                job.timeoutSeconds.map { .int32(Int32(clamping: $0)) } ?? .null,
                .optional(job.uniqueKey), .text(job.executionType), .optional(job.traceContext),
            ])
        guard let row = rows.first else {
            throw PostgresError(.decoding, "enqueue_job answered nothing", context: "enqueue")
        }
        return try row.decode(Int64.self, "id")
    }

    /// Enqueues many jobs through COPY, all or none; returns how many. Each chunk is what `CopyRow`
    /// encodes.
    public func enqueue<Chunks: AsyncSequence & Sendable>(
        copying chunks: Chunks
    ) async throws -> Int where Chunks.Element == [UInt8] {
        try await connection.copyIn(CopyRow.statement, chunks)
    }
}

extension PostgresParameter {
    static func optional(_ text: String?) -> PostgresParameter {
        text.map { .text($0) } ?? .null
    }
}
