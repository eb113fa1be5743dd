import FoundationEssentials
import JSON
import Postgres

/// The statements of `budgets`.
public struct Budgets: Sendable {
    let connection: PostgresConnection

    public init(_ connection: PostgresConnection) {
        self.connection = connection
    }

    /// Sets a budget, or changes that of the same scope, subject and period; answers its id. Jobs it
    /// held are tried again at once.
    public func set(_ budget: Budget) async throws(PostgresError) -> Int64 {
        let rows = try await connection.query(
            """
            SELECT set_budget(
                scope => $1, period => $2, subject => $3, token_limit => $4,
                usd_limit => $5::numeric, time_zone => $6, unpriced => $7,
                assumed_input_price => $8::numeric, assumed_output_price => $9::numeric) AS id
            """,
            [
                .text(budget.scope.rawValue), .text(budget.period.rawValue), .text(budget.subject),
                budget.tokens.map { .int64($0) } ?? .null, .optional(budget.usd?.text),
                .text(budget.timeZone), .text(budget.unpriced.word),
                .optional(budget.unpriced.prices?.input.text),
                .optional(budget.unpriced.prices?.output.text),
            ])
        return try rows.first?.decode(Int64.self, "id") ?? 0
    }

    /// Removes a budget; false when there is none of this id.
    public func remove(_ id: Int64) async throws(PostgresError) -> Bool {
        let rows = try await connection.query("SELECT remove_budget($1) AS found", [.int64(id)])
        return try rows.first?.decode(Bool.self, "found") ?? false
    }

    /// Every budget with what is spent, reserved and left in its windows of now; `subject` picks
    /// those of one user or agent.
    public func list(subject: String? = nil) async throws(PostgresError) -> [JSONValue] {
        try await connection.query(
            """
            SELECT to_jsonb(s) AS row FROM budget_status s
            WHERE $1::text IS NULL OR s.subject = budget_subject($1)
            ORDER BY s.id, s.subject
            """, [.optional(subject)]
        ).map { row throws(PostgresError) in try row.decode(JSONValue.self, "row") }
    }

    /// Tries again what a budget holds that was changed a moment ago; answers how many jobs.
    public func releaseChanged() async throws(PostgresError) -> Int64 {
        let rows = try await connection.query("SELECT release_changed_budgets() AS jobs")
        return try rows.first?.decode(Int64.self, "jobs") ?? 0
    }

    /// Removes old windows, at most so many rows; answers how many.
    public func prune(limit: Int) async throws(PostgresError) -> Int64 {
        let rows = try await connection.query(
            "SELECT prune_budgets($1) AS rows", [.int32(Int32(clamping: limit))])
        return try rows.first?.decode(Int64.self, "rows") ?? 0
    }
}
