import Foundation
import JSON
import Postgres
import TestSupport
import Testing
import WorkerTestSupport

extension Faults {
    @Test("payloads that are huge or hostile")
    func payloads() async throws {
        try await Rig.play("payloads, huge and hostile", crew: 2) { rig in
            for _ in 0..<FaultCount.rounds {
                for payload in try Self.payloads() {
                    for kind in ["generation", "agentkit", "orchestrator"] {
                        let job = try? await rig.scene.job(
                            kind, payload, agent: kind == "generation" ? nil : rig.agent)
                        // The table may refuse one; what it takes must end.
                        if let job { rig.note(job) }
                    }
                    try await rig.struck(look: false)
                }
                try await rig.look()
            }
            try await rig.recovers()
        }
    }

    private static func payloads() throws -> [JSONValue] {
        let deep = String(repeating: "[", count: 90) + String(repeating: "]", count: 90)
        let texts: [String] = [
            "", " ", String(repeating: "x", count: 2 << 20), "'; DROP TABLE jobs; --", "$$ \\ \" '",
            "{{input.count}} {{secret}} {{credential:crm_token}}",
            "\u{202E}\u{FEFF}\u{0007}\u{1B}[2J",
            String(repeating: "e\u{301}", count: 50_000), "</script><script>alert(1)</script>",
        ]
        let plain = texts.map { text -> JSONValue in
            [
                "prompt": .string(text), "user_prompt": .string(text),
                "input_values": ["count": .string(text)],
            ]
        }
        return plain + [
            ["prompt": "deep", "input_values": ["count": try JSONValue(parsing: deep)]],
            ["prompt": "numbers", "input_values": ["count": try JSONValue(parsing: "1e300")]],
            ["prompt": "wrong types", "input_values": [1, 2], "user_prompt": 7, "model": [:]],
            ["prompt": "a model of no provider", "model": "nobody:nothing"],
            [
                "prompt": "an agent", "existing_agent": ["id": 7, "name": nil],
                "existing_agent_id": 9,
            ],
            [
                "prompt": "many values",
                "input_values": .object(
                    JSONObject((0..<20_000).map { ("key \($0)", JSONValue($0)) })),
            ],
        ]
    }

    @Test("one unique key enqueued by everybody at once")
    func sameKey() async throws {
        try await Rig.play("one unique_key, 100 at once", crew: 1) { rig in
            for round in 0..<FaultCount.rounds {
                let ids = try await withThrowingTaskGroup(of: Int64.self) { group in
                    let pool = PostgresPool(
                        PostgresConfiguration(
                            connectionString: rig.scene.url, applicationName: "tests"),
                        loop: TestDatabase.loop, limit: 10)
                    for _ in 0..<100 {
                        group.addTask {
                            let rows = try await pool.query(
                                """
                                SELECT enqueue_job('generation', '{"prompt": "once"}',
                                    unique_key => $1) AS id
                                """, [.text("key \(round)")])
                            return try rows[rows.startIndex].decode(Int64.self, "id")
                        }
                    }
                    var ids: Set<Int64> = []
                    for try await id in group { ids.insert(id) }
                    await pool.close()
                    return ids
                }
                #expect(ids.count == 1)
                for id in ids { rig.note(id) }
                try await rig.struck()
            }
            try await rig.recovers()
        }
    }
}
