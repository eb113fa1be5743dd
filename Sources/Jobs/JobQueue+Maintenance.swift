import FoundationEssentials
import Postgres

extension JobQueue {
    /// One round of maintenance in one call: takes back up to `limit` jobs of dead workers, and
    /// those that the database says `rescuer` has held for longer than a lease but that are not in
    /// `held`, because the answer of their claim was lost (`heldAt`: when the list was made, by the
    /// database's clock and rather too early; without it, now); wakes up to `limit` jobs each whose wait
    /// or hold is over; looks at holds after the key `after` that nobody woke.
    public func maintain(
        rescuer: UUID, held: [UUID], heldAt: Date? = nil, limit: Int, after: String = ""
    ) async throws(PostgresError) -> MaintenanceRound {
        let rows = try await query(
            "SELECT * FROM maintain_queue($1, $2, $3, $4, $5)",
            [
                .uuid(rescuer), .uuidArray(held), .int32(Int32(limit)), .text(after),
                heldAt.map { .date($0) } ?? .null,
            ])
        var round = MaintenanceRound()
        for row in rows {
            let jobs = Int(try row.decodeIfPresent(Int64.self, "jobs") ?? 0)
            switch try row.decode(String.self, "event") {
            case "rescued": round.rescued.append(try RescuedJob(row: row))
            case "resumed": round.resumed = jobs
            case "woken": round.woken = jobs
            case "looked": round.lookedTo = try row.decodeIfPresent(String.self, "error")
            case "braked": round.isBraked = true
            default: round.failure = try row.decodeIfPresent(String.self, "error")
            }
        }
        return round
    }

    /// Takes back jobs only; see `maintain`.
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

    /// Wakes up to `limit` waiting jobs whose time is over; answers how many.
    public func wakeWaiting(limit: Int) async throws(PostgresError) -> Int {
        try await query("SELECT job_id FROM wake_waiting_jobs($1)", [.int32(Int32(limit))]).count
    }

    /// Makes up to `limit` held jobs available whose hold is over; answers how many.
    public func wakeHeld(limit: Int) async throws(PostgresError) -> Int {
        let rows = try await query("SELECT wake_held_jobs($1) AS woken", [.int32(Int32(limit))])
        return Int(try rows.first?.decode(Int64.self, "woken") ?? 0)
    }

    /// Forgets what concurrency limits counted and counts no more.
    public func pruneConcurrency() async throws(PostgresError) {
        try await query("SELECT prune_concurrency()")
    }
}
