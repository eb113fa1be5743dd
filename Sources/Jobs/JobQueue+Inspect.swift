import FoundationEssentials
import JSON
import Postgres

extension JobQueue {
    /// The database's clock, the only one that counts for due times (I7).
    public func now() async throws(PostgresError) -> Date {
        let rows = try await query("SELECT clock_timestamp() AS now")
        guard let row = rows.first else {
            throw PostgresError(.decoding, "the server answered no time", context: "now")
        }
        return try row.decode(Date.self, "now")
    }

    /// A job's status; nil when there is no such job.
    public func status(_ id: Int64) async throws(PostgresError) -> JobStatus? {
        let rows = try await query("SELECT * FROM job_status($1)", [.int64(id)])
        guard let row = rows.first else { return nil }
        return try JobStatus(row: row)
    }

    /// Jobs by a filter, newest first.
    public func list(_ filter: JobFilter) async throws(PostgresError) -> [JobStatus] {
        let rows = try await query(
            """
            SELECT status.*
            FROM (
                SELECT j.id FROM jobs j
                WHERE ($1::text IS NULL OR j.state = $1) AND ($2::text IS NULL OR j.kind = $2)
            """
                // Named only when asked for: the plan knows no values, and an installation may have an
                // index of users.
                + (filter.userID == nil ? " AND $3::text IS NULL" : " AND j.user_id = $3") + """
                         ORDER BY j.id DESC LIMIT $4) AS wanted
                    CROSS JOIN LATERAL job_status(wanted.id) AS status
                    ORDER BY status.job_id DESC
                    """,
            [
                .optional(filter.state), .optional(filter.kind), .optional(filter.userID),
                .int64(Int64(filter.limit)),
            ])
        var jobs: [JobStatus] = []
        for row in rows { jobs.append(try JobStatus(row: row)) }
        return jobs
    }

    /// `why_job`'s line.
    public func why(_ id: Int64) async throws(PostgresError) -> String {
        try await word("SELECT why_job($1) AS word", id)
    }

    /// Cancels a job; answers `cancelled`, `cancelling`, `not found` or `already …`.
    public func cancel(_ id: Int64) async throws(PostgresError) -> String {
        try await word("SELECT cancel_job($1) AS word", id)
    }

    /// Enqueues a copy of a finished job; answers the copy's id.
    public func retry(_ id: Int64) async throws(PostgresError) -> String {
        try await word("SELECT retry_job($1) AS word", id)
    }

    /// Answers what a job waits for; see `approve_job`.
    public func approve(_ approval: Approval) async throws(PostgresError) -> String {
        let rows = try await query(
            """
            SELECT approve_job($1, approver => $2, decision => $3, comment => $4, event => $5,
                content => $6) AS word
            """,
            [
                .int64(approval.jobID), .text(approval.approver),
                .text(approval.decision.rawValue), .optional(approval.comment),
                .optional(approval.event),
                .orNull(approval.content) { .json($0.storable()) },
            ])
        return try rows.first?.decode(String.self, "word") ?? ""
    }

    /// A finished job as its claim would hand it over, for a replay, with the output it left. Its
    /// attempt id is nobody's: nothing can be written with it. nil when there is no such job.
    public func finished(
        _ id: Int64
    ) async throws(PostgresError) -> (job: ClaimedJob, output: JSONValue?)? {
        let rows = try await query(
            """
            SELECT j.id, j.kind, j.queue, j.priority, j.run_at, j.payload, j.user_id, j.agent_id, j.execution_id,
                j.attempt, j.max_attempts, j.snoozes, gen_random_uuid() AS attempt_id, j.timeout_s,
                j.trace_context, coalesce(j.scheduled_at, j.run_at) AS scheduled_at, j.output
            FROM jobs j WHERE j.id = $1 AND j.finished_at IS NOT NULL
            """, [.int64(id)])
        guard let row = rows.first else { return nil }
        return (try ClaimedJob(row: row), try row.decodeIfPresent(JSONValue.self, "output"))
    }

    private func word(_ sql: String, _ id: Int64) async throws(PostgresError) -> String {
        let rows = try await query(sql, [.int64(id)])
        return try rows.first?.decode(String.self, "word") ?? ""
    }
}
