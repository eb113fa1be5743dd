import FoundationEssentials
import JSON
import Postgres

/// The statements of `model_prices`.
public struct ModelPrices: Sendable {
    /// What an import did, in models.
    public struct Imported: Sendable, Hashable {
        public var new = 0
        /// A new version of prices that were there.
        public var changed = 0
        public var unchanged = 0
        /// Of the shipped list: models whose prices were imported, which it does not touch.
        public var kept = 0
    }

    /// The first calls, and all of them, of a model whose price is not known.
    public struct Unpriced: Sendable, Hashable {
        public let model: String
        public let calls: Int64
    }

    /// Where prices come from.
    public enum Source: String, Sendable {
        case shipped, imported
    }

    let connection: PostgresConnection

    public init(_ connection: PostgresConnection) {
        self.connection = connection
    }

    /// Takes a list in, in one transaction. `validFrom` is a time as PostgreSQL reads it; nil is now.
    /// What budgets hold for want of a price is tried again.
    public func take(
        _ list: PriceList, validFrom: String? = nil, source: Source = .imported
    ) async throws(PostgresError) -> Imported {
        let rows = try await connection.query(
            """
            SELECT count(*) FILTER (WHERE i.outcome = 'new') AS new,
                count(*) FILTER (WHERE i.outcome = 'changed') AS changed,
                count(*) FILTER (WHERE i.outcome = 'unchanged') AS unchanged,
                count(*) FILTER (WHERE i.outcome = 'kept') AS kept
            FROM import_model_prices($1, $2::timestamptz, $3) AS i
            """,
            [
                .json(JSONValue.array(list.entries.map(\.json)).storable()), .optional(validFrom),
                .text(source.rawValue),
            ], deadline: .seconds(120))
        guard let row = rows.first else { return Imported() }
        let imported = Imported(
            new: try row.decode(Int.self, "new"), changed: try row.decode(Int.self, "changed"),
            unchanged: try row.decode(Int.self, "unchanged"),
            kept: try row.decode(Int.self, "kept"))
        if imported.new + imported.changed > 0 {
            try await connection.query("SELECT release_unpriced_holds()")
        }
        return imported
    }

    /// Today's prices, USD per million tokens, by model; `name` picks those that contain it.
    public func current(
        containing name: String = ""
    ) async throws(PostgresError) -> [JSONValue] {
        try await connection.query(
            """
            SELECT to_jsonb(p) AS row FROM current_model_prices p
            WHERE strpos(lower(p.model), lower($1)) > 0 ORDER BY p.model
            """, [.text(name)]
        ).map { row throws(PostgresError) in try row.decode(JSONValue.self, "row") }
    }

    /// Every version of one model, the newest first, USD per token.
    public func versions(of model: String) async throws(PostgresError) -> [JSONValue] {
        try await connection.query(
            """
            SELECT to_jsonb(p) AS row FROM model_prices p WHERE p.model = $1
            ORDER BY p.valid_from DESC, p.tier <> 'standard', p.tier, p.above_tokens
            """, [.text(model)]
        ).map { row throws(PostgresError) in try row.decode(JSONValue.self, "row") }
    }

    /// How many models have a price today.
    public func count() async throws(PostgresError) -> Int64 {
        let rows = try await connection.query("SELECT count(*) AS models FROM current_model_prices")
        return try rows.first?.decode(Int64.self, "models") ?? 0
    }

    /// The models that answered since then without a known price, the most used first.
    public func unpriced(since age: Duration) async throws(PostgresError) -> [Unpriced] {
        try await connection.query(
            """
            SELECT concat_ws(' ', u.provider || '/' || u.model, nullif(u.service_tier, 'standard'))
                AS model, u.calls
            FROM unpriced_calls(clock_timestamp() - make_interval(secs => $1)) AS u
            ORDER BY u.calls DESC, 1
            """, [.double(age / .seconds(1))]
        ).map { row throws(PostgresError) in
            Unpriced(
                model: try row.decode(String.self, "model"),
                calls: try row.decode(Int64.self, "calls"))
        }
    }
}
