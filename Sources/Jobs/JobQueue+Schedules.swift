import FoundationEssentials
import Postgres

extension JobQueue {
    /// Enqueues what is due of up to `limit` schedules; `followAgents`: of agents' own too.
    public func tick(
        limit: Int, followAgents: Bool = true
    ) async throws(PostgresError) -> TickRound {
        // One query, so that an idle worker asks once a minute; the wait is computed after the ticks.
        try TickRound(
            rows: try await query(
                """
                SELECT t.schedule, t.tick, t.job_id, t.skipped, t.fault,
                    next_tick_in($2) AS next_in_ms
                FROM (VALUES (1)) AS one
                LEFT JOIN LATERAL enqueue_due_ticks($1, follow_agents => $2) AS t ON true
                """,
                [.int32(Int32(clamping: limit)), .bool(followAgents)]))
    }

    /// Adds a schedule. Throws with SQLSTATE 22023 and a sentence when cron or zone is none, with
    /// the name of a constraint when the name is taken or its jobs would be refused.
    public func addSchedule(_ schedule: ScheduleRequest) async throws(PostgresError) {
        let job = schedule.job
        try await query(
            """
            INSERT INTO schedules (
                name, cron, time_zone, kind, queue, payload, user_id, agent_id, priority,
                max_attempts, timeout_s, catch_up, catch_up_limit, paused)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            """,
            [
                .text(schedule.name), .text(schedule.cron), .text(schedule.timeZone),
                .text(job.kind), .text(job.queue), .json(job.payload.storable()),
                .optional(job.userID), job.agentID.map { .uuid($0) } ?? .null,
                .int16(Int16(clamping: job.priority)), .int32(Int32(clamping: job.maxAttempts)),
                job.timeoutSeconds.map { .int32(Int32(clamping: $0)) } ?? .null,
                .text(schedule.catchUp.rawValue), .int32(Int32(clamping: schedule.catchUpLimit)),
                .bool(schedule.isPaused),
            ])
    }

    /// Every schedule by name, each with up to `ticks` ticks to come.
    public func schedules(ticks: Int) async throws(PostgresError) -> [Schedule] {
        let rows = try await query(
            """
            SELECT s.name, s.cron, s.time_zone, s.kind, s.queue, s.catch_up, s.paused,
                s.follows_agent, s.last_tick, s.last_job_id, coalesce(s.fault, s.last_error) AS fault,
                ARRAY(SELECT local_tick(t, s.time_zone) FROM unnest(coming.ticks) AS t) AS local_ticks,
                ARRAY(SELECT extract(epoch FROM t)::bigint FROM unnest(coming.ticks) AS t)
                    AS utc_seconds
            FROM schedules s
            CROSS JOIN LATERAL (
                SELECT CASE WHEN s.next_at IS NULL THEN '{}'::timestamptz[]
                    ELSE s.next_at || cron_ticks(s.cron, s.time_zone, s.next_at, 'infinity', $1 - 1)
                    END AS ticks) AS coming
            ORDER BY s.name
            """, [.int32(Int32(clamping: ticks))])
        var schedules: [Schedule] = []
        for row in rows { schedules.append(try Schedule(row: row)) }
        return schedules
    }

    /// The first `limit` ticks of an expression after a moment (nil: now). Throws as `addSchedule`.
    public func ticks(
        of cron: String, in timeZone: String, after: Date?, limit: Int
    ) async throws(PostgresError) -> [Schedule.Tick] {
        let rows = try await query(
            """
            SELECT ARRAY(SELECT local_tick(t, zone) FROM unnest(ticks) AS t) AS local_ticks,
                ARRAY(SELECT extract(epoch FROM t)::bigint FROM unnest(ticks) AS t) AS utc_seconds
            FROM checked_time_zone($2) AS zone
            CROSS JOIN LATERAL cron_ticks(
                $1, zone, coalesce($3, clock_timestamp()), 'infinity', $4) AS ticks
            """,
            [
                .text(cron), .text(timeZone), .orNull(after, PostgresParameter.date),
                .int32(Int32(clamping: limit)),
            ])
        return try rows.first.map { row throws(PostgresError) in try Schedule.ticks(row) } ?? []
    }

    /// Removes a schedule; the jobs of its ticks stay. false when there is none of this name.
    ///
    /// One that follows an agent comes back at the agent's next change: it is not removed.
    public func removeSchedule(_ name: String) async throws(PostgresError) -> Bool {
        try await query(
            "DELETE FROM schedules WHERE name = $1 AND NOT follows_agent", [.text(name)]
        ).affected > 0
    }

    /// Pauses a schedule, or lets it go on from now; false when there is none of this name.
    public func pauseSchedule(_ name: String, _ paused: Bool) async throws(PostgresError) -> Bool {
        try await query(
            "UPDATE schedules SET paused = $2 WHERE name = $1", [.text(name), .bool(paused)]
        ).affected > 0
    }
}
