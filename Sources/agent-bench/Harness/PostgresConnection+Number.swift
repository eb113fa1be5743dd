import Postgres

extension PostgresConnection {
    /// The value of an expression, as a number; 0 for NULL.
    nonisolated func number(_ expression: String) async throws(PostgresError) -> Double {
        let rows = try await query("SELECT (\(expression))::float8 AS value")
        return try rows.first?.decodeIfPresent(Double.self, "value") ?? 0
    }

    /// The value of an expression, as text; empty for NULL.
    nonisolated func word(_ expression: String) async throws(PostgresError) -> String {
        let rows = try await query("SELECT (\(expression))::text AS value")
        return try rows.first?.decodeIfPresent(String.self, "value") ?? ""
    }
}
