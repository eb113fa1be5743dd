import JSON
import TestSupport
import Testing
import WorkerTestSupport

/// Further servers of the Chat Completions API and their keys.
@Suite("Compatible providers", .serialized)
struct CompatibleProviderTests {
    private static let variable = "AGENT_WORKER_COMPATIBLE_PROVIDERS"

    @Test("a key comes from its variable, a file or a systemd credential, and goes to its server")
    func keys() async throws {
        try await Scene.play { scene in
            let file = try scene.file("key", "from-a-file\n")
            let credential = try scene.file("credentials/c_llm_api_key", "from-systemd")
            let servers = ["a-llm", "b-llm", "c-llm", "d-llm"]
            try await scene.worker([
                Self.variable: servers.map { "\($0)=\(scene.stub.address)/v1" }
                    .joined(separator: ","),
                "A_LLM_API_KEY": "from-a-variable", "B_LLM_API_KEY_FILE": file,
                "CREDENTIALS_DIRECTORY": String(credential.dropLast("/c_llm_api_key".count)),
            ])
            for (server, hasKey) in zip(servers, [true, true, true, false]) {
                let id = try await scene.anyJob("agentkit", model: "\(server):model-of-\(server)")
                try await scene.job(id, reaches: "completed")
                let asked = try await scene.stub.calls(of: "model-of-\(server)")
                #expect(asked.map { $0["authorization"] } == [.bool(hasKey)], "\(server)")
                #expect(try await scene.calls(of: id)[0]["provider"] == .string(server))
            }
        }
    }

    @Test(
        "a name whose variable is another provider's is refused: its key would go to this server",
        arguments: ["OpenAI", "azure-openai", "anthropic", "a-b=http://h/v1,a_b"])
    func taken(name: String) async throws {
        try await Scene.play { scene in
            let end = try await scene.run(
                "agent-worker", ["run"], [Self.variable: "\(name)=http://h/v1"])
            #expect(end.exit == .code(78))
            #expect(end.errors.contains("agent-worker: \(Self.variable)"), "\(end.errors)")
        }
    }
}
