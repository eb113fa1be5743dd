import FoundationEssentials
import Journal
import Postgres

extension ProviderStore {
    /// What the database made of a refusal.
    struct Begun: Sendable {
        /// What is left of the cool-down.
        var left: Duration
        /// Whether this refusal began it.
        var isNew: Bool
        /// How often the job's calls were refused before.
        var refusals: Int
        /// The line for people.
        var line: String
    }

    /// Closes a model, or with a quota's refusal its whole provider, to the fleet.
    func begin(
        _ name: ProviderModel, _ refusal: ProviderRefusal, _ policy: CooldownPolicy,
        probe: UUID?, job: Int64
    ) async throws(PostgresError) -> Begun {
        let waits = policy.waits(after: refusal)
        let rows = try await query(
            "SELECT * FROM begin_cooldown($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            [
                .text(name.provider), .text(name.model), .text(refusal.kind.rawValue),
                .text(refusal.reason), waits.asked.map { .double($0 / .seconds(1)) } ?? .null,
                .double(waits.first / .seconds(1)), .double(waits.most / .seconds(1)),
                probe.map { .uuid($0) } ?? .null, .int64(job),
            ])
        guard let row = rows.first else {
            return Begun(
                left: waits.asked ?? waits.first, isNew: false, refusals: 0, line: refusal.reason)
        }
        return Begun(
            left: .milliseconds(try row.decode(Double.self, "left_ms")),
            isNew: try row.decode(Bool.self, "is_new"),
            refusals: Int(try row.decode(Int64.self, "refusals")),
            line: try row.decode(String.self, "line"))
    }

    /// Whether this call is the one that finds out.
    func claimProbe(
        _ name: ProviderModel, probe: UUID, within limit: Duration
    ) async throws(PostgresError) -> Bool {
        let rows = try await query(
            "SELECT claim_probe($1, $2, $3, $4) AS mine",
            [
                .text(name.provider), .text(name.model), .uuid(probe),
                .double(limit / .seconds(1)),
            ])
        return try rows.first?.decode(Bool.self, "mine") ?? false
    }

    func withdrawProbe(_ name: ProviderModel, probe: UUID) async throws(PostgresError) {
        try await query(
            "SELECT withdraw_probe($1, $2, $3)",
            [.text(name.provider), .text(name.model), .uuid(probe)])
    }

    /// The probe got through: opens the model to the fleet.
    func end(_ name: ProviderModel, probe: UUID) async throws(PostgresError) {
        try await query(
            "SELECT end_cooldown($1, $2, $3)",
            [.text(name.provider), .text(name.model), .uuid(probe)])
    }
}
