import FoundationEssentials
import JSON
import Postgres
import TestSupport

/// The record tables inside a transaction that is rolled back: tests of one suite share a database
/// and see nothing of each other.
struct Records {
    private struct RollBack: Error {}

    let transaction: PostgresTransaction

    /// Runs `body` and undoes what it did.
    static func undone(
        in database: SuiteDatabase, _ body: (Records) async throws -> Void
    ) async throws {
        let connection = try await database.get().connect()
        do {
            try await connection.transaction { transaction in
                try await body(Records(transaction: transaction))
                throw RollBack()
            }
        } catch is RollBack {}
        await connection.close()
    }

    @discardableResult
    func query(_ sql: String, _ parameters: [PostgresParameter] = []) async throws -> PostgresRows {
        try await transaction.query(sql, parameters)
    }

    /// The column `value` of the one row of `sql`.
    func value<T: PostgresDecodable>(
        _ sql: String, _ parameters: [PostgresParameter] = [], as type: T.Type = T.self
    ) async throws -> T {
        try await query(sql, parameters)[0].decode(T.self, "value")
    }

    /// The rows of `table` whose `key` is `id`, as JSON objects.
    func rows(_ table: String, _ key: String, _ id: UUID) async throws -> [JSONValue] {
        try await query(
            "SELECT to_jsonb(t) AS value FROM \(table) t WHERE \(key) = $1", [.uuid(id)]
        ).map { try $0.decode(JSONValue.self, "value") }
    }

    /// The agent's metrics.
    func metrics(_ agent: UUID) async throws -> JSONValue {
        let rows = try await rows("agent_intensity_metrics", "agent_id", agent)
        return rows.first ?? .null
    }

    /// Records `reports` in one call; returns the ids it answers.
    @discardableResult
    func log(_ reports: [JSONValue]) async throws -> [UUID] {
        try await query("SELECT log_agent_runs($1) AS id", [.json(.array(reports))])
            .map { try $0.decode(UUID.self, "id") }
    }

    /// Folds `runs` into the metrics in one call.
    func fold(_ runs: [JSONValue]) async throws {
        try await query("SELECT update_agent_intensity_metrics($1)", [.json(.array(runs))])
    }

    /// Adds a settled model call of `agent` with so many output tokens.
    func addUsage(_ agent: UUID, _ output: Int?, activity: String = "agent_execution") async throws
    {
        try await query(
            "INSERT INTO token_usage (agent_id, activity_type, output_tokens) VALUES ($1, $2, $3)",
            [.uuid(agent), .text(activity), output.map { .int32(Int32($0)) } ?? .null])
    }
}
