import FoundationEssentials
import JSON
import Postgres
import TestSupport
import Testing

@Suite("records once", .timeLimit(.minutes(2)))
struct RecordOnceTests {
    static let database = SuiteDatabase(migrated: true)

    /// Everything recorded for an agent but times and generated ids.
    private func everything(_ agent: UUID, _ records: Records) async throws -> [JSONValue] {
        var all: [JSONValue] = []
        for table in [
            "agent_executions", "agent_logs", "agent_stats", "agent_intensity_metrics",
        ] {
            for var row in try await records.rows(table, "agent_id", agent) {
                for key in ["agent_id", "user_id"] { row[key] = nil }
                if table == "agent_intensity_metrics" { row["id"] = nil }
                all.append(row)
            }
        }
        return all
    }

    @Test("recording a run again changes nothing and answers its id")
    func again() async throws {
        try await Records.undone(in: Self.database) { records in
            let (id, agent) = (UUID(), UUID())
            let report = Samples.orchestratorReport(id: id, agent: agent)
            try await records.log([report])
            let before = try await everything(agent, records)
            let other = Samples.with(["success": false, "tokens": ["total": 9]], report)
            #expect(try await records.log([other, report]) == [id, id])
            let single: UUID = try await records.value(
                "SELECT log_agent_run($1) AS value", [.json(other)])
            #expect(single == id)
            #expect(try await everything(agent, records) == before)
        }
    }

    @Test("of two reports with one id in a batch the first is recorded, once")
    func twiceInOneBatch() async throws {
        try await Records.undone(in: Self.database) { records in
            let (id, agent) = (UUID(), UUID())
            let report = Samples.agentKitReport(id: id, agent: agent)
            let next = Samples.report(agent: agent)
            let answer = try await records.log([
                report, Samples.with(["success": true], report), next,
            ])
            #expect(Array(answer.prefix(2)) == [id, id])
            #expect(try await records.rows("agent_logs", "execution_id", id).count == 1)
            let execution = try await records.rows("agent_executions", "id", id)[0]
            #expect(execution["status"] == "failed")
            #expect(try await records.metrics(agent)["total_executions"] == 2)
        }
    }

    @Test("three runs of an agent in one call leave what three calls leave")
    func batchEqualsSingles() async throws {
        try await Records.undone(in: Self.database) { records in
            let (one, three) = (UUID(), UUID())
            let user = UUID()
            func report(_ agent: UUID, _ number: Int) -> JSONValue {
                let prompt = 7 * number
                let changes: JSONValue = [
                    "duration_ms": .init(1000 * number + 1), "success": .bool(number != 2),
                    "completed_at": "2026-03-04T05:06:0\(number)Z",
                    "tokens": [
                        "prompt": .init(prompt), "completion": 11, "total": .init(prompt + 11),
                    ],
                    "retry_count": .init(number - 1), "tool_orchestration_time_ms": 333,
                    "declared_plugins": ["a", "b"], "definition": ["steps": 3, "loops": 1],
                    "memory": ["tokens": .init(number), "entries": 1, "types": ["t"]],
                ]
                return Samples.with(changes, Samples.report(agent: agent, user: user))
            }
            for agent in [one, three] { try await records.addUsage(agent, 5) }
            for number in 1...3 { try await records.log([report(one, number)]) }
            // Given in another order: completion decides.
            try await records.log([3, 1, 2].map { report(three, $0) })
            for table in ["agent_stats", "agent_intensity_metrics"] {
                var single = try await records.rows(table, "agent_id", one)[0]
                var batch = try await records.rows(table, "agent_id", three)[0]
                for key in ["agent_id", "id"] {
                    single[key] = nil
                    batch[key] = nil
                }
                #expect(single == batch)
            }
        }
    }

    @Test("two sessions that record runs of the same agents in opposite order lose none")
    func oppositeOrders() async throws {
        let database = try await Self.database.get()
        let agents = (0..<5).map { _ in UUID() }
        let user = UUID()
        let calls = 40
        try await withThrowingTaskGroup(of: Void.self) { group in
            for order in [agents, agents.reversed()] {
                group.addTask {
                    let connection = try await database.connect()
                    for call in 0..<calls {
                        let reports = order.map {
                            Samples.with(
                                ["success": .bool(call % 4 != 0)],
                                Samples.report(agent: $0, user: user))
                        }
                        try await connection.query(
                            "SELECT log_agent_runs($1)", [.json(.array(reports))])
                    }
                    await connection.close()
                }
            }
            try await group.waitForAll()
        }
        let connection = try await database.connect()
        for agent in agents {
            let row = try await connection.query(
                """
                SELECT s.run_count, s.success_count, m.total_executions, m.successful_executions,
                       m.total_tokens_used,
                       (SELECT count(*) FROM agent_executions e WHERE e.agent_id = $1) AS executions,
                       (SELECT count(*) FROM agent_logs l WHERE l.agent_id = $1) AS logs
                FROM agent_stats s JOIN agent_intensity_metrics m USING (agent_id)
                WHERE agent_id = $1
                """, [.uuid(agent)])[0]
            for (column, value) in [
                "executions": 2 * calls, "logs": 2 * calls, "total_executions": 2 * calls,
                "successful_executions": 2 * calls * 3 / 4, "total_tokens_used": 200 * calls,
            ] {
                #expect(try row.decode(Int.self, column) == value, "\(column)")
            }
            #expect(try row.decode(Int32.self, "run_count") == Int32(2 * calls))
            #expect(try row.decode(Int32.self, "success_count") == Int32(2 * calls * 3 / 4))
        }
        await connection.close()
    }
}
