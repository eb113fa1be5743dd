import JSON
import Postgres

extension Scene {
    /// The rows of a SELECT, each as an object of its columns.
    public func rows(
        _ sql: String, _ parameters: [PostgresParameter] = []
    ) async throws -> [JSONValue] {
        try await pool.query(
            "SELECT to_jsonb(wanted) AS row FROM (\(sql)) AS wanted", parameters
        ).map { try $0.decode(JSONValue.self, "row") }
    }

    /// The first row of a SELECT; null when there is none.
    public func row(
        _ sql: String, _ parameters: [PostgresParameter] = []
    ) async throws -> JSONValue {
        try await rows(sql, parameters).first ?? .null
    }

    /// The count of the rows of a table that fulfil a condition.
    public func count(_ table: String, where condition: String = "true") async throws -> Int {
        try await row("SELECT count(*) AS n FROM \(table) WHERE \(condition)")["n"]?.intValue ?? -1
    }

    /// A job's ledger, oldest attempt first.
    public func attempts(of id: Int64) async throws -> [JSONValue] {
        try await rows(
            "SELECT * FROM job_attempts WHERE job_id = $1 ORDER BY started_at", [.int64(id)])
    }

    /// A job's model calls, oldest first.
    public func calls(of id: Int64) async throws -> [JSONValue] {
        try await rows(
            "SELECT * FROM token_usage WHERE job_id = $1 ORDER BY created_at", [.int64(id)])
    }

    /// A job's execution record; null when there is none.
    public func execution(of id: Int64) async throws -> JSONValue {
        try await row(
            """
            SELECT e.* FROM agent_executions e JOIN jobs j ON j.execution_id = e.id
            WHERE j.id = $1
            """, [.int64(id)])
    }

    /// A job's generation log; null when there is none.
    public func generationLog(of id: Int64) async throws -> JSONValue {
        try await row("SELECT * FROM agent_generation_logs WHERE job_id = $1", [.int64(id)])
    }

    /// What `invariant_violations` holds, a line each.
    public func violations() async throws -> [String] {
        try await rows("SELECT * FROM invariant_violations").map(\.serialized)
    }
}
