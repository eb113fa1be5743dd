import Foundation
import JSON
import TestSupport
import Testing
import WorkerTestSupport

/// `agent-worker replay` of runs that used a plugin with a server of its own.
@Suite("Replays with MCP plugins", .serialized)
struct ReplayTests {
    @Test("a run with an MCP server is replayed without starting it", arguments: [false, true])
    func server(asWorkflow: Bool) async throws {
        try await Scene.play { scene in
            let log = scene.directory + "/server.log"
            let plugins = try Self.plugin(scene, log: log)
            try await scene.stub.script([
                [
                    "match": ["role": "user"],
                    "reply": ["tool_calls": [["name": "peer__echo", "arguments": ["text": "x"]]]],
                ],
                ["match": ["role": "tool"], "reply": ["content": "Done."]],
            ])
            try await scene.worker([
                "AGENT_WORKER_PLUGINS": plugins, "AGENT_WORKER_JOURNAL_RETENTION": "1d",
            ])
            let workflow: JSONValue = [
                [
                    "id": "say", "type": "action", "plugin": "peer", "action": "echo",
                    "params": ["text": "y"],
                ],
                ["id": "think", "type": "llm_decision", "prompt": "Go", "dependencies": ["say"]],
            ]
            let agent = try await scene.agent(
                plugins: ["peer"], workflow: asWorkflow ? workflow : nil)
            let id = try await scene.job(
                asWorkflow ? "orchestrator" : "agentkit", agent: agent)
            try await scene.job(id, reaches: "completed")
            let starts = try Self.starts(log)
            #expect(starts == 1)

            let replay = try await scene.run(
                "agent-worker", ["replay", "\(id)"],
                [
                    "OPENAI_BASE_URL": scene.stub.address + "/v1",
                    "AGENT_WORKER_PLUGINS": plugins,
                ])
            #expect(replay.output.contains("no difference"), "\(replay.output)")
            #expect(replay.exit == .code(0))
            #expect(try Self.starts(log) == starts, "the replay started the server")
        }
    }

    private static func starts(_ log: String) throws -> Int {
        try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
            .count { $0.hasPrefix("start ") }
    }

    private static func plugin(_ scene: Scene, log: String) throws -> String {
        let plugin: JSONValue = [
            "plugin": ["name": "peer", "description": "A server", "version": "1"],
            "mcp": [
                "command": [
                    "python3",
                    .string(PackageRoot.path("Tests/MCPTests/Resources/scripted_server.py")),
                    "both", .string(log),
                ],
                "env": ["PATH": .string(ProcessInfo.processInfo.environment["PATH"] ?? "")],
            ],
        ]
        let path = try scene.file("plugins/peer.json", plugin.serialized)
        return String(path.dropLast("/peer.json".count))
    }
}
