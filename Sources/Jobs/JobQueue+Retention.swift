import FoundationEssentials
import Postgres

extension JobQueue {
    /// One short step of the sweep that is due; nil when none is.
    public func pruneStep(maxRows: Int = 500) async throws(PostgresError) -> PruneStep? {
        let rows = try await query(
            "SELECT table_name, pruned, swept FROM prune_step($1)",
            [.int32(Int32(clamping: maxRows))])
        guard let row = rows.first else { return nil }
        return PruneStep(
            table: try row.decode(String.self, "table_name"),
            pruned: Int(try row.decode(Int64.self, "pruned")),
            isSwept: try row.decode(Bool.self, "swept"))
    }

    /// Every policy, with where its sweep is.
    public func retentionPolicies() async throws(PostgresError) -> [RetentionPolicy] {
        let rows = try await query(
            """
            SELECT p.subject, p.keep::text AS keep, s.pruned,
                CASE WHEN s.sweep_after > clock_timestamp() THEN s.sweep_after END AS next_sweep
            FROM retention_policies p
            LEFT JOIN retention_sweeps s ON p.subject = ANY (s.subjects)
            ORDER BY p.subject
            """)
        var policies: [RetentionPolicy] = []
        for row in rows {
            policies.append(
                RetentionPolicy(
                    subject: try row.decode(String.self, "subject"),
                    keep: try row.decodeIfPresent(String.self, "keep"),
                    pruned: try row.decodeIfPresent(Int64.self, "pruned") ?? 0,
                    nextSweep: try row.decodeIfPresent(Date.self, "next_sweep")))
        }
        return policies
    }

    /// Keeps a subject for so long from its end, nil: for ever; its next sweep is due at once. false
    /// when there is no such subject.
    public func keep(_ subject: String, for time: Duration?) async throws(PostgresError) -> Bool {
        let rows = try await query(
            """
            WITH policy AS (
                UPDATE retention_policies SET keep = justify_hours(make_interval(secs => $2)) WHERE subject = $1
                RETURNING subject
            ), sweep AS (
                UPDATE retention_sweeps s SET sweep_after = '-infinity', next_block = 0
                FROM policy p WHERE p.subject = ANY (s.subjects)
            )
            SELECT FROM policy
            """, [.text(subject), .orNull(time) { .double($0.inSeconds) }])
        return !rows.isEmpty
    }

    /// Makes every sweep due now.
    public func restartSweeps() async throws(PostgresError) {
        try await query("UPDATE retention_sweeps SET sweep_after = '-infinity', next_block = 0")
    }

    /// The tables that forgetting a user goes through, in order.
    public func forgetTargets() async throws(PostgresError) -> [String] {
        try await query(
            "SELECT target FROM forget_targets() WITH ORDINALITY AS t (target, place) ORDER BY place"
        )
        .map { row throws(PostgresError) in try row.decode(String.self, "target") }
    }

    /// Removes what one stretch of a table holds of a user; answers how many rows, and where to go
    /// on, nil at the end. Throws with SQLSTATE 55000 when a legal hold keeps the user.
    public func forget(
        user: String, in target: String, from block: Int64
    ) async throws(PostgresError) -> (removed: Int, next: Int64?) {
        let rows = try await query(
            "SELECT removed, next_block FROM forget_step($1, $2, $3)",
            [.text(user), .text(target), .int64(block)])
        guard let row = rows.first else { return (0, nil) }
        return (
            Int(try row.decode(Int64.self, "removed")),
            try row.decodeIfPresent(Int64.self, "next_block")
        )
    }

    /// How many of a user's jobs legal holds keep, and how many are left besides: not over yet, or not
    /// met by the walk. Reads the whole table of jobs.
    public func forgetRemainder(
        user: String
    ) async throws(PostgresError) -> (held: Int, running: Int) {
        let rows = try await query(
            "SELECT held_jobs, running_jobs FROM forget_remainder($1)", [.text(user)])
        guard let row = rows.first else { return (0, 0) }
        return (
            Int(try row.decode(Int64.self, "held_jobs")),
            Int(try row.decode(Int64.self, "running_jobs"))
        )
    }

    /// Places a legal hold and answers its id; no removal that has not seen it is under way then.
    public func hold(
        _ subject: LegalHold.Subject, reason: String
    ) async throws(PostgresError) -> Int64 {
        var parameters: [PostgresParameter] = [.null, .null, .null, .text(reason)]
        switch subject {
        case .user(let id): parameters[0] = .text(id)
        case .agent(let id): parameters[1] = .uuid(id)
        case .job(let id): parameters[2] = .int64(id)
        }
        let rows = try await query(
            """
            INSERT INTO legal_holds (user_id, agent_id, job_id, reason) VALUES ($1, $2, $3, $4)
            RETURNING id
            """, parameters)
        return try rows.first?.decode(Int64.self, "id") ?? 0
    }

    /// Lifts a legal hold; false when there is none of this id, or it was lifted already.
    public func liftHold(_ id: Int64) async throws(PostgresError) -> Bool {
        try await query(
            """
            UPDATE legal_holds SET lifted_at = clock_timestamp()
            WHERE id = $1 AND lifted_at IS NULL
            """, [.int64(id)]
        ).affected > 0
    }

    /// Every legal hold, lifted ones too, oldest first.
    public func legalHolds() async throws(PostgresError) -> [LegalHold] {
        let rows = try await query("SELECT * FROM legal_holds ORDER BY id")
        var holds: [LegalHold] = []
        for row in rows {
            let subject: LegalHold.Subject
            if let user = try row.decodeIfPresent(String.self, "user_id") {
                subject = .user(user)
            } else if let agent = try row.decodeIfPresent(UUID.self, "agent_id") {
                subject = .agent(agent)
            } else {
                subject = .job(try row.decode(Int64.self, "job_id"))
            }
            holds.append(
                LegalHold(
                    id: try row.decode(Int64.self, "id"), subject: subject,
                    reason: try row.decode(String.self, "reason"),
                    placedBy: try row.decode(String.self, "placed_by"),
                    placedAt: try row.decode(Date.self, "placed_at"),
                    liftedAt: try row.decodeIfPresent(Date.self, "lifted_at")))
        }
        return holds
    }
}
