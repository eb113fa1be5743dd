import FoundationEssentials
import Postgres

extension JobQueue {
    /// Takes up to `limit` due jobs for a live worker, lowest priority number first, then longest
    /// due; each gets a new attempt id (I2).
    ///
    /// `queues` are served in the given order within a priority: the caller rotates them, so that
    /// none starves.
    public func claim(
        limit: Int, worker: UUID, queues: [String], kinds: [String]
    ) async throws(PostgresError) -> [ClaimedJob] {
        let rows = try await query(
            // A probe per priority and queue, so that future jobs of one priority are not walked to
            // reach the due ones of the next; the ordered subquery keeps the probes in order.
            // MATERIALIZED: evaluated once, or more than `limit` rows could be locked. `id = ANY
            // (ARRAY(…))`: an index scan under any plan mode, where a join would scan the table.
            """
            WITH due AS MATERIALIZED (
                SELECT candidate.id
                FROM (
                    SELECT level::smallint AS priority, queue
                    FROM generate_series(0, 9) AS level,
                        unnest($3::text[]) WITH ORDINALITY AS served (queue, place)
                    ORDER BY level, place
                ) AS wanted
                CROSS JOIN LATERAL (
                    SELECT j.id FROM jobs j
                    WHERE j.state = 'available' AND j.queue = wanted.queue
                        AND j.priority = wanted.priority AND j.run_at <= now()
                        AND j.kind = ANY ($4::text[])
                    ORDER BY j.run_at, j.id
                    LIMIT $2
                    FOR UPDATE SKIP LOCKED
                ) AS candidate
                WHERE EXISTS (
                    SELECT FROM workers w
                    WHERE w.id = $1
                        AND w.heartbeat_at + make_interval(secs => w.lease_s) > clock_timestamp())
                LIMIT $2
            )
            UPDATE jobs j SET
                state = 'running', attempt = j.attempt + 1, attempt_id = gen_random_uuid(),
                worker_id = $1, claimed_at = clock_timestamp(),
                scheduled_at = coalesce(j.scheduled_at, j.run_at)
            WHERE j.id = ANY (ARRAY(SELECT due.id FROM due))
            RETURNING j.id, j.kind, j.queue, j.payload, j.user_id, j.agent_id, j.execution_id,
                j.attempt, j.max_attempts, j.snoozes, j.attempt_id, j.timeout_s, j.trace_context,
                j.scheduled_at, j.priority, j.run_at
            """,
            [.uuid(worker), .int64(Int64(limit)), .textArray(queues), .textArray(kinds)])
        return try decode(rows)
    }

    /// RETURNING has no order: the claim's own is restored here.
    private func decode(_ rows: PostgresRows) throws(PostgresError) -> [ClaimedJob] {
        var claimed: [(order: (Int16, Date, Int64), job: ClaimedJob)] = []
        for row in rows {
            let job = try ClaimedJob(row: row)
            let order = (
                try row.decode(Int16.self, "priority"), try row.decode(Date.self, "run_at"), job.id
            )
            claimed.append((order, job))
        }
        return claimed.sorted { $0.order < $1.order }.map(\.job)
    }

    /// When the next job of these queues and kinds falls due, from now by the database's clock; nil
    /// when none is planned.
    public func nextDue(queues: [String], kinds: [String]) async throws(PostgresError) -> Duration?
    {
        let rows = try await query(
            """
            SELECT (extract(epoch FROM min(soonest.run_at) - clock_timestamp()) * 1000)::bigint
                AS due_ms
            FROM unnest($1::text[]) AS served (queue)
            CROSS JOIN LATERAL (
                SELECT j.run_at FROM jobs j
                WHERE j.state = 'available' AND j.queue = served.queue
                    AND j.kind = ANY ($2::text[])
                ORDER BY j.run_at LIMIT 1) AS soonest
            """,
            [.textArray(queues), .textArray(kinds)])
        guard let due = try rows.first?.decodeIfPresent(Int64.self, "due_ms") else { return nil }
        return .milliseconds(max(0, due))
    }

    /// Kinds that have due jobs in these queues but no live worker that handles them, with how many
    /// (among the 1,000 longest due of each queue: unhandled ones stay at the head).
    public func unhandledKinds(
        queues: [String]
    ) async throws(PostgresError) -> [(kind: String, jobs: Int)] {
        let rows = try await query(
            """
            SELECT waiting.kind, count(*) AS jobs
            FROM unnest($1::text[]) AS served (queue)
            CROSS JOIN LATERAL (
                SELECT j.kind FROM jobs j
                WHERE j.state = 'available' AND j.queue = served.queue AND j.run_at <= now()
                ORDER BY j.run_at LIMIT 1000) AS waiting
            WHERE NOT EXISTS (
                SELECT FROM workers w
                WHERE waiting.kind = ANY (w.kinds) AND served.queue = ANY (w.queues)
                    AND w.heartbeat_at + make_interval(secs => w.lease_s) > statement_timestamp())
            GROUP BY waiting.kind ORDER BY waiting.kind
            """,
            [.textArray(queues)])
        var unhandled: [(kind: String, jobs: Int)] = []
        for row in rows {
            unhandled.append(
                (try row.decode(String.self, "kind"), Int(try row.decode(Int64.self, "jobs"))))
        }
        return unhandled
    }

    /// Whether any job of these queues and kinds is running, anywhere, or due.
    public func hasUnfinished(
        queues: [String], kinds: [String]
    ) async throws(PostgresError) -> Bool {
        let rows = try await query(
            """
            SELECT EXISTS (
                    SELECT FROM jobs j
                    WHERE j.state = 'running' AND j.queue = ANY ($1::text[])
                        AND j.kind = ANY ($2::text[]))
                OR EXISTS (
                    SELECT FROM jobs j
                    WHERE j.state = 'available' AND j.queue = ANY ($1::text[])
                        AND j.run_at <= now() AND j.kind = ANY ($2::text[])) AS unfinished
            """,
            [.textArray(queues), .textArray(kinds)])
        return try rows.first?.decode(Bool.self, "unfinished") ?? false
    }
}
