import FoundationEssentials
import Postgres

extension JobQueue {
    /// Announces a worker, or renews its heartbeat: the lease of all it holds.
    public func beat(_ worker: WorkerIdentity) async throws(PostgresError) {
        try await query(
            """
            INSERT INTO workers AS w (id, host, pid, version, queues, kinds, concurrency, lease_s)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (id) DO UPDATE SET heartbeat_at = clock_timestamp()
            """,
            [
                .uuid(worker.id), .text(worker.host), .int32(worker.pid), .text(worker.version),
                .textArray(worker.queues), .textArray(worker.kinds),
                .int32(Int32(worker.concurrency)), .double(worker.lease.inSeconds),
            ])
    }

    /// Which of these attempts are lost, and which are to be cancelled. Silent about the rest.
    public func news(of held: [HeldAttempt]) async throws(PostgresError) -> [AttemptNews] {
        let rows = try await query(
            """
            SELECT held.attempt_id, j.id IS NULL AS lost
            FROM unnest($1::bigint[], $2::uuid[]) AS held (job_id, attempt_id)
            LEFT JOIN jobs j ON j.id = held.job_id AND j.attempt_id = held.attempt_id
            WHERE j.id IS NULL OR j.cancel_requested_at IS NOT NULL
            """,
            [.int64Array(held.map(\.jobID)), .uuidArray(held.map(\.attemptID))])
        var news: [AttemptNews] = []
        for row in rows {
            let attempt = try row.decode(UUID.self, "attempt_id")
            news.append(
                try row.decode(Bool.self, "lost") ? .lost(attempt) : .cancelRequested(attempt))
        }
        return news
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

    /// Wakes up to `limit` waiting jobs whose time is over; answers how many.
    public func wakeWaiting(limit: Int) async throws(PostgresError) -> Int {
        try await query("SELECT job_id FROM wake_waiting_jobs($1)", [.int32(Int32(limit))]).count
    }

    /// Makes up to `limit` held jobs available whose hold is over; answers how many.
    public func wakeHeld(limit: Int) async throws(PostgresError) -> Int {
        let rows = try await query("SELECT wake_held_jobs($1) AS woken", [.int32(Int32(limit))])
        return Int(try rows.first?.decode(Int64.self, "woken") ?? 0)
    }

    /// Removes up to `limit` steps of journals whose retention is over; answers how many.
    public func pruneJournals(limit: Int) async throws(PostgresError) -> Int {
        let rows = try await query(
            "SELECT prune_journals($1) AS pruned", [.int32(Int32(limit))])
        return Int(try rows.first?.decode(Int64.self, "pruned") ?? 0)
    }

    /// Takes back up to `limit` jobs: those of dead workers, and those that the database says
    /// `rescuer` has held for longer than a lease but that are not in `held`, because the answer of
    /// their claim was lost.
    public func rescue(
        limit: Int, rescuer: UUID, held: [UUID]
    ) async throws(PostgresError) -> [RescuedJob] {
        let rows = try await query(
            "SELECT job_id, attempt_id, worker_id, state, error FROM rescue_jobs($1, $2, $3)",
            [.int32(Int32(limit)), .uuid(rescuer), .uuidArray(held)])
        var rescued: [RescuedJob] = []
        for row in rows { rescued.append(try RescuedJob(row: row)) }
        return rescued
    }
}
