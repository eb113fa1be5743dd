import FoundationEssentials
import JSON
import Postgres

/// The statements that read agents. The worker never writes them.
public struct AgentRecords: Sendable {
    let connection: PostgresConnection

    public init(_ connection: PostgresConnection) {
        self.connection = connection
    }

    /// An agent that is not deleted, with its newest configuration; nil when there is none.
    public func load(agent: UUID, user: String?) async throws(PostgresError) -> AgentRecord? {
        let rows = try await connection.query(
            """
            SELECT to_jsonb(a) AS agent, configured.input_values,
                agent_definition(a.id) AS definition
            FROM agents a
            LEFT JOIN LATERAL (
                SELECT c.input_values FROM agent_configurations c
                WHERE c.agent_id = a.id AND c.user_id = $2::text::uuid
                ORDER BY c.created_at DESC LIMIT 1) AS configured ON true
            WHERE a.id = $1 AND a.deleted_at IS NULL AND a.status IS DISTINCT FROM 'deleted'
            """,
            [.uuid(agent), .optional(user)])
        guard let row = rows.first else { return nil }
        return AgentRecord(
            row: try row.decode(JSONValue.self, "agent"),
            configuredInputs: try row.decodeIfPresent(JSONValue.self, "input_values"),
            definition: try row.decode(JSONValue.self, "definition"))
    }

    /// The generated schema kept with an agent (`agent_config`), for an update by id; nil when the
    /// agent is not this user's.
    public func configuration(
        ofAgent id: String, ownedBy user: String?
    ) async throws(PostgresError) -> JSONValue? {
        let rows = try await connection.query(
            """
            SELECT a.agent_config FROM agents a
            WHERE a.id::text = lower($1) AND a.user_id::text = lower($2)
                AND a.deleted_at IS NULL AND jsonb_typeof(a.agent_config) = 'object'
            """,
            [.text(id), .optional(user)])
        return try rows.first?.decode(JSONValue.self, "agent_config")
    }
}
