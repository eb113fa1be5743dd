import FoundationEssentials
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
                // Named only when asked for: the plan knows no values, and this one has an index.
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

    private func word(_ sql: String, _ id: Int64) async throws(PostgresError) -> String {
        let rows = try await query(sql, [.int64(id)])
        return try rows.first?.decode(String.self, "word") ?? ""
    }
}
