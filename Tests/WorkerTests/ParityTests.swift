import Foundation
import JSON
import Postgres
import TestSupport
import Testing
import WorkerTestSupport

/// The parity table of the product's first documents: the records of an AgentKit run and of an
/// orchestrator run that do the same, side by side, as a real worker wrote them.
@Suite("Parity", .serialized)
struct ParityTests {
    @Test("every row of the parity table is full")
    func table() async throws {
        try await Scene.play { scene in
            try await scene.stub.script(Self.script)
            try await scene.pool.query(
                """
                INSERT INTO user_memory (user_id, memory_key, memory_value, memory_type)
                VALUES ($1::text::uuid, 'language', 'Norwegian', 'preference')
                """, [.text(Scene.user)])
            try await scene.worker(
                MemoryTests.on.merging(["AGENT_WORKER_PLUGINS": try scene.plugins()]) { $1 })
            let done = try await pair(scene, model: "gpt-4o", ends: "completed")
            let failed = try await pair(scene, model: "broken", ends: "failed")
            let rows = ParityRow.all.map { row in
                (row.feature, row.judge(row.isOfFailure ? failed : done))
            }
            Self.show(rows)
            for (feature, differences) in rows {
                #expect(differences.isEmpty, "\(feature): \(differences.joined(separator: "; "))")
            }
        }
    }

    /// A round of tools, then the answer, then the summary for later runs, with usage that leaves
    /// nothing to estimates.
    private static let script: [JSONValue] = [
        MemoryTests.script[0].objectValue.map { entry in
            var entry = entry
            entry["usage"] = usage(300, 30)
            return .object(entry)
        } ?? .null,
        ModelStub.fault("status:400", model: "broken"),
        [
            "match": ["role": "user"], "usage": usage(100, 10),
            "reply": ["tool_calls": [["name": "shop__items", "arguments": ["count": 2]]]],
        ],
        ["match": ["role": "tool"], "usage": usage(200, 20), "reply": ["content": "Two."]],
    ]

    private static func usage(_ prompt: Int, _ completion: Int) -> JSONValue {
        [
            "prompt_tokens": JSONValue(prompt), "completion_tokens": JSONValue(completion),
            "total_tokens": JSONValue(prompt + completion),
            "prompt_tokens_details": ["cached_tokens": 64],
        ]
    }

    /// The same agent twice, as the two kinds run it: alone, and as the one step of its workflow.
    private func pair(
        _ scene: Scene, model: String, ends state: String
    ) async throws -> ParityPair {
        var runs: [ParityRun] = []
        for kind in ["agentkit", "orchestrator"] {
            let agent = try await scene.agent(
                plugins: ["shop"],
                workflow: [["id": "think", "type": "llm_decision", "prompt": "List the items"]],
                prompt: "List the items")
            let id = try await scene.job(
                kind, ["input_values": ["city": "Oslo"], "model": .string(model)], agent: agent)
            try await scene.job(id, reaches: state)
            runs.append(try await ParityRun(of: id, agent: agent, in: scene))
        }
        return ParityPair(agentKit: runs[0], orchestrator: runs[1])
    }

    private static func show(_ rows: [(feature: String, differences: [String])]) {
        let width = rows.map(\.feature.count).max() ?? 0
        func line(_ cells: [String]) {
            print(
                "| \(cells[0].padding(toLength: width, withPad: " ", startingAt: 0)) | \(cells[1])")
        }
        line(["Feature", "AgentKit and orchestrator"])
        for (feature, differences) in rows {
            line([feature, differences.isEmpty ? "full" : differences.joined(separator: "; ")])
        }
    }
}
