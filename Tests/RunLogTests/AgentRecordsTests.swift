import FoundationEssentials
import JSON
import Postgres
import RunLog
import TestSupport
import Testing

@Suite("agent records", .serialized, .timeLimit(.minutes(2)))
struct AgentRecordsTests {
    static let database = SuiteDatabase(migrated: true)

    private func records(
        _ body: (PostgresConnection, AgentRecords, UUID, UUID) async throws -> Void
    ) async throws {
        let connection = try await Self.database.get().connect()
        let (agent, user) = (UUID(), UUID())
        try await connection.query(
            """
            INSERT INTO agents (
                id, user_id, agent_name, workflow_steps, plugins_required, agent_config)
            VALUES ($1, $2, 'mail', '[{"type": "branch"}, {"type": "iteration", "parallel": true}]',
                '["gmail"]', '{"name": "generated"}')
            """, [.uuid(agent), .uuid(user)])
        try await body(connection, AgentRecords(connection), agent, user)
        await connection.close()
    }

    @Test("an agent comes with what its definition says of a run")
    func definition() async throws {
        try await records { _, records, agent, user in
            let record = try #require(
                try await records.load(agent: agent, user: user.uuidString))
            #expect(record.row["agent_name"] == "mail" && record.configuredInputs == nil)
            #expect(
                record.definition == [
                    "definition": ["steps": 2, "branches": 1, "loops": 1, "parallel": 1],
                    "declared_plugins": ["gmail"],
                ])
        }
    }

    @Test("the newest configuration of the agent and user supplies the input values")
    func configuration() async throws {
        try await records { connection, records, agent, user in
            for (owner, hours, value) in [(user, 2, "old"), (user, 1, "new"), (UUID(), 0, "other")]
            {
                try await connection.query(
                    """
                    INSERT INTO agent_configurations (agent_id, user_id, input_values, created_at)
                    VALUES ($1, $2, jsonb_build_object('v', $3::text),
                        now() - make_interval(hours => $4))
                    """, [.uuid(agent), .uuid(owner), .text(value), .int32(Int32(hours))])
            }
            let record = try await records.load(agent: agent, user: user.uuidString)
            #expect(record?.configuredInputs == ["v": "new"])
            #expect(try await records.load(agent: agent, user: nil)?.configuredInputs == nil)
        }
    }

    @Test(
        "a deleted or unknown agent is not found",
        arguments: ["deleted_at = now()", "status = 'deleted'", "id = gen_random_uuid()"])
    func deleted(change: String) async throws {
        try await records { connection, records, agent, user in
            try await connection.query(
                "UPDATE agents SET \(change) WHERE id = $1", [.uuid(agent)])
            #expect(try await records.load(agent: agent, user: user.uuidString) == nil)
        }
    }

    @Test("the generated schema is handed to its owner only")
    func ownership() async throws {
        try await records { connection, records, agent, user in
            let id = agent.uuidString
            let mine = try await records.configuration(ofAgent: id, ownedBy: user.uuidString)
            #expect(mine == ["name": "generated"])
            for (agent, user) in [
                (id, UUID().uuidString), (id, nil), (UUID().uuidString, user.uuidString),
                ("no uuid", "bob"),
            ] as [(String, String?)] {
                #expect(try await records.configuration(ofAgent: agent, ownedBy: user) == nil)
            }
            try await connection.query("UPDATE agents SET agent_config = '\"text\"'")
            #expect(
                try await records.configuration(ofAgent: id, ownedBy: user.uuidString) == nil)
        }
    }
}
