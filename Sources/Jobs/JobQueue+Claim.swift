import FoundationEssentials
import Postgres

extension JobQueue {
    /// Takes up to `limit` due jobs of these queues for a live worker, of the lanes at both ends of
    /// what is due; see `claim_jobs`. A worker names lanes instead, so that users take turns.
    public func claim(
        limit: Int, worker: UUID, queues: [String], kinds: [String]
    ) async throws(PostgresError) -> [ClaimedJob] {
        try await claim(
            ClaimRequest(limit: limit, worker: worker, queues: queues, kinds: kinds)
        ).jobs
    }

    /// Takes due jobs for a live worker; each gets a new attempt id (I2).
    public func claim(_ request: ClaimRequest) async throws(PostgresError) -> Claim {
        try decode(
            try await query("SELECT * FROM \(Self.claimCall())", request.parameters),
            request.worker)
    }

    /// A claim of a worker that sleeps: it wakes what is held no longer first, and also answers
    /// when the next job of these queues and kinds falls due or a hold ends, from now by the
    /// database's clock; nil when nothing is planned. Of jobs that are due already it knows only when
    /// the request looks for the longest due.
    public func claimOrSleep(
        _ request: ClaimRequest
    ) async throws(PostgresError) -> (claim: Claim, due: Duration?) {
        let next = request.looksForLongestDue ? "next_due_ms" : "next_ahead_ms"
        let rows = try await query(
            """
            SELECT claimed.*, soonest.due_ms
            FROM (
                SELECT due_ms, CASE WHEN due_ms = 0 THEN wake_held_jobs() END AS woken
                FROM \(next)($3, $4) AS due_ms
            ) AS soonest
            LEFT JOIN \(Self.claimCall(look: Self.lookForWoken)) AS claimed ON true
            """, request.parameters)
        let due = try rows.first?.decodeIfPresent(Int64.self, "due_ms")
        return (try decode(rows, request.worker), due.map { .milliseconds(max(0, $0)) })
    }

    private static func claimCall(look: String = "$11") -> String {
        """
        claim_jobs($1, $2, $3, $4, $5, $6::bigint[]::smallint[], $7, $8::bigint[]::integer[], $9,
            $10, \(look), $12, $13)
        """
    }

    /// What was woken is among the longest due.
    private static let lookForWoken = "CASE WHEN soonest.woken > 0 THEN abs($11) ELSE $11 END"

    /// RETURNING has no order: that of priority and due time is restored here.
    private func decode(_ rows: PostgresRows, _ worker: UUID) throws(PostgresError) -> Claim {
        var claim = Claim()
        for row in rows {
            if try row.decodeIfPresent(UUID.self, "attempt_id") != nil {
                claim.jobs.append(try ClaimedJob(row: row))
            } else if let queue = try row.decodeIfPresent(String.self, "queue") {
                claim.held.append(
                    Lane(
                        queue: queue, priority: try row.decode(Int16.self, "priority"),
                        user: try row.decodeIfPresent(String.self, "user_id") ?? ""))
            }
        }
        claim.jobs.sort { ($0.priority, $0.place) < ($1.priority, $1.place) }
        return claim
    }

    /// When the next job of these queues and kinds falls due, or the next hold ends, from now by
    /// the database's clock; nil when nothing is planned.
    public func nextDue(queues: [String], kinds: [String]) async throws(PostgresError) -> Duration?
    {
        let rows = try await query(
            "SELECT next_due_ms($1, $2) AS due_ms", [.textArray(queues), .textArray(kinds)])
        guard let due = try rows.first?.decodeIfPresent(Int64.self, "due_ms") else { return nil }
        return .milliseconds(max(0, due))
    }

    /// The lanes of a queue with a due job, in the order of priority and user, after `after` (nil:
    /// from the beginning); at most `limit` lanes are visited. isDone: the walk came to its end.
    public func findLanes(
        queue: String, after: Lane?, limit: Int
    ) async throws(PostgresError) -> (lanes: [Lane], last: Lane?, isDone: Bool) {
        let rows = try await query(
            "SELECT priority, user_key, due FROM find_lanes($1, $2, $3, $4)",
            [
                .text(queue), .int32(Int32(after?.priority ?? -1)), .text(after?.user ?? ""),
                .int32(Int32(limit)),
            ])
        var lanes: [Lane] = []
        var last: Lane?
        for row in rows {
            let lane = Lane(
                queue: queue, priority: try row.decode(Int16.self, "priority"),
                user: try row.decode(String.self, "user_key"))
            if try row.decode(Bool.self, "due") { lanes.append(lane) }
            last = lane
        }
        return (lanes, last, rows.count < limit)
    }

    /// The users whose weight is not 1.
    public func userWeights() async throws(PostgresError) -> [String: Double] {
        let rows = try await query(
            "SELECT user_id, weight FROM user_weights ORDER BY user_id LIMIT 10000")
        var weights: [String: Double] = [:]
        for row in rows {
            weights[try row.decode(String.self, "user_id")] = try row.decode(
                Double.self, "weight")
        }
        return weights
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
