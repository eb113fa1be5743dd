import FoundationEssentials
import Postgres

extension JobQueue {
    /// Announces a worker, or renews its heartbeat: the lease of all it holds.
    ///
    /// Answers which of the attempts it holds are lost, and which are to be cancelled; silent about
    /// the rest.
    @discardableResult
    public func beat(
        _ worker: WorkerIdentity, holding held: [HeldAttempt] = []
    ) async throws(PostgresError) -> Heartbeat {
        let rows = try await query(
            """
            WITH before AS (
                SELECT w.heartbeat_at FROM workers w WHERE w.id = $1
            ), beat AS (
                INSERT INTO workers AS w
                    (id, host, pid, version, queues, kinds, concurrency, lease_s)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                ON CONFLICT (id) DO UPDATE SET heartbeat_at = clock_timestamp()
                RETURNING w.heartbeat_at
            )
            SELECT NULL::uuid AS attempt_id, NULL::boolean AS lost, beat.heartbeat_at AS written,
                (SELECT before.heartbeat_at FROM before) AS replaced
            FROM beat
            UNION ALL
            SELECT held.attempt_id, j.id IS NULL, NULL, NULL
            FROM unnest($9::bigint[], $10::uuid[]) AS held (job_id, attempt_id)
            LEFT JOIN jobs j ON j.id = held.job_id AND j.attempt_id = held.attempt_id
            WHERE j.id IS NULL OR j.cancel_requested_at IS NOT NULL
            """,
            [
                .uuid(worker.id), .text(worker.host), .int32(worker.pid), .text(worker.version),
                .textArray(worker.queues), .textArray(worker.kinds),
                .int32(Int32(worker.concurrency)), .double(worker.lease.inSeconds),
                .int64Array(held.map(\.jobID)), .uuidArray(held.map(\.attemptID)),
            ])
        var news: [AttemptNews] = []
        var written: (at: Date, replaced: Date?)?
        for row in rows {
            guard let attempt = try row.decodeIfPresent(UUID.self, "attempt_id") else {
                written = (
                    try row.decode(Date.self, "written"),
                    try row.decodeIfPresent(Date.self, "replaced")
                )
                continue
            }
            news.append(
                try row.decode(Bool.self, "lost") ? .lost(attempt) : .cancelRequested(attempt))
        }
        guard let written else {
            throw PostgresError(.decoding, "the heartbeat was not written", context: "beat")
        }
        return Heartbeat(writtenAt: written.at, replaced: written.replaced, news: news)
    }

    /// Says whether the worker sleeps: only then does an INSERT notify.
    public func park(_ parked: Bool, worker: UUID) async throws(PostgresError) {
        try await query(
            "UPDATE workers SET parked = $2 WHERE id = $1 AND parked <> $2",
            [.uuid(worker), .bool(parked)])
    }

    /// Removes a worker that holds nothing any more.
    public func leave(worker: UUID) async throws(PostgresError) {
        try await query(
            """
            DELETE FROM workers w
            WHERE w.id = $1
                AND NOT EXISTS (
                    SELECT FROM jobs j WHERE j.state = 'running' AND j.worker_id = w.id)
            """,
            [.uuid(worker)])
    }

    /// Forgets workers that have been silent for a day and hold nothing.
    public func pruneWorkers() async throws(PostgresError) {
        try await query(
            """
            DELETE FROM workers w
            WHERE w.heartbeat_at < clock_timestamp() - interval '1 day'
                AND NOT EXISTS (
                    SELECT FROM jobs j WHERE j.state = 'running' AND j.worker_id = w.id)
            """)
    }

    /// Removes up to `limit` steps of journals whose retention is over; answers how many.
    public func pruneJournals(limit: Int) async throws(PostgresError) -> Int {
        let rows = try await query(
            "SELECT prune_journals($1) AS pruned", [.int32(Int32(limit))])
        return Int(try rows.first?.decode(Int64.self, "pruned") ?? 0)
    }
}
