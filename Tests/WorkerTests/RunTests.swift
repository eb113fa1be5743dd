import Foundation
import JSON
import TestSupport
import Testing
import WorkerTestSupport

@Suite("Jobs from INSERT to rows", .serialized)
struct RunTests {
    @Test("a generation leaves an agent, a completed log and a settled call")
    func generation() async throws {
        try await Scene.play { scene in
            try await scene.worker()
            let id = try await scene.job(
                "generation", ["prompt": "An agent that watches token prices"])
            let job = try await scene.job(id, reaches: "completed")
            let agent = try #require(job["output"]?["agent"])
            #expect(agent["name"]?.stringValue?.isEmpty == false)
            #expect(agent["purpose"]?.stringValue?.isEmpty == false)
            #expect(job["output"]?["skills"]?.arrayValue?.contains("token") == true)
            #expect(job["attempt"] == 1)

            let log = try await scene.generationLog(of: id)
            #expect(log["id"] == job["execution_id"])
            #expect(log["success"] == true)
            #expect(log["completed_at"] != .null)
            #expect(log["generated_agent_schema"] == agent)
            #expect(log["identified_skills"] == job["output"]?["skills"])
            #expect(log["openai_model"] == "gpt-4.1-nano")
            #expect(log["retry_count"] == 0)
            #expect(log["error_message"] == .null)
            #expect(log["input_tokens_details"]?["cached_tokens"] == 0)
            #expect(log["completion_tokens_details"]?["reasoning_tokens"] == 0)
            #expect(log["prompt"] == "An agent that watches token prices")
            #expect((log["generation_time_ms"]?.intValue ?? 0) > 0)

            let calls = try await scene.calls(of: id)
            #expect(calls.count == 1)
            #expect(calls[0]["status"] == "settled")
            #expect(calls[0]["activity_type"] == "agent_generation")
            try await expectSameTokens(scene, id, log["total_tokens"])
            #expect(log["input_tokens"] == calls[0]["input_tokens"])
            #expect(log["output_tokens"] == calls[0]["output_tokens"])
            #expect(try await scene.count("agent_executions") == 0)
        }
    }

    @Test("an AgentKit run leaves its four records, and of a tool call metadata only")
    func agentKit() async throws {
        try await Scene.play { scene in
            try await scene.worker(["AGENT_WORKER_PLUGINS": try scene.plugins()])
            let agent = try await scene.agent(plugins: ["shop"], prompt: "List the items")
            let id = try await scene.job(
                "agentkit", ["input_values": ["city": "Oslo", "limit": 2]], agent: agent)
            let job = try await scene.job(id, reaches: "completed")
            let execution = try await scene.execution(of: id)
            #expect(execution["status"] == "completed")
            #expect(execution["progress"] == 100)
            #expect(execution["execution_type"] == "manual")
            #expect(execution["logs"]?["inputValuesUsed"] == 2)
            #expect(execution["logs"]?["agentkit"] == true)
            #expect(execution["logs"]?["iterations"] == 2)
            let call = try #require(execution["logs"]?["toolCalls"]?[0])
            #expect(
                Set(call.objectValue?.keys ?? []) == [
                    "plugin", "action", "success", "itemsReturned", "executionTime", "error",
                ])
            #expect(call["plugin"] == "shop" && call["action"] == "items")
            #expect(call["success"] == true && call["itemsReturned"] == 1)

            let log = try await scene.row(
                "SELECT * FROM agent_logs WHERE execution_id = $1",
                [.uuid(try #require(UUID(uuidString: job["execution_id"]?.stringValue ?? "")))])
            #expect(log["status"] == "✅ AgentKit execution completed successfully")
            #expect(log["full_output"]?["agentkit_metadata"]?["toolCalls"]?[0] == call)
            for text in [log.serialized, execution.serialized] {
                #expect(!text.contains("Item 1"), "a record holds a tool's result")
                #expect(!text.contains("List the items"), "a record holds a prompt")
                #expect(!text.contains("Oslo"), "a record holds an input value")
            }
            try await expectSameTokens(scene, id, log["run_tokens"])
            try await expectSameTokens(scene, id, execution["logs"]?["tokens"]?["total"])
            try await expectCounted(scene, agent, runs: 1, successes: 1)
            #expect(try await scene.stub.requests()["byPath"]?["/tools/items"] == 1)
        }
    }

    @Test("a workflow of every step type runs and leaves its four records")
    func orchestrator() async throws {
        try await Scene.play { scene in
            try await scene.worker(["AGENT_WORKER_PLUGINS": try scene.plugins()])
            let path = PackageRoot.path("Tests/WorkerTests/Resources/workflow.json")
            let workflow = try JSONValue(
                parsing: Array(try Data(contentsOf: URL(filePath: path))))
            let agent = try await scene.agent(plugins: ["shop"], workflow: workflow)
            let id = try await scene.job(
                "orchestrator", ["input_values": ["count": 3]], agent: agent)
            let job = try await scene.job(id, reaches: "completed")
            #expect(job["output"]?["list"]?["count"] == 3)
            #expect(job["output"]?["many"] == ["result": true])
            #expect(job["output"]?["each"]?.arrayValue?.count == 3)
            #expect(job["output"]?["each"]?[0]?["judge"]?["decision"]?.stringValue != nil)
            #expect(job["output"]?["shape"] == ["count": 3])
            #expect(job["output"]?["pause"] == ["delayed": true])

            let execution = try await scene.execution(of: id)
            #expect(execution["status"] == "completed")
            #expect(execution["logs"]?["orchestrator"] == true)
            #expect(execution["logs"]?["stepsCompleted"] == 5)
            #expect(execution["logs"]?["totalSteps"] == 5)
            #expect((execution["execution_duration_ms"]?.intValue ?? 0) >= 50)
            try await expectSameTokens(scene, id, execution["logs"]?["tokensUsed"])
            #expect(
                try await scene.count(
                    "agent_logs",
                    where: "status = '✅ Orchestrator execution completed successfully'") == 1)
            // Two calls per item: the model asks for the tool, then decides.
            let calls = try await scene.calls(of: id)
            #expect(calls.count == 6)
            #expect(calls.allSatisfy { $0["status"] == "settled" })
            try await expectCounted(scene, agent, runs: 1, successes: 1)
        }
    }

    /// A recorded total is that of the ledger and of the settled calls.
    private func expectSameTokens(_ scene: Scene, _ id: Int64, _ total: JSONValue?) async throws {
        let attempts = try await scene.attempts(of: id)
        #expect(attempts.count == 1)
        #expect(attempts.first?["outcome"] == "completed")
        #expect(attempts.first?["total_tokens"] == total)
        let sum = try await scene.calls(of: id).reduce(0) {
            $0 + ($1["total_tokens"]?.intValue ?? 0)
        }
        #expect(sum > 0)
        #expect(total == JSONValue(sum))
    }

    private func expectCounted(
        _ scene: Scene, _ agent: UUID, runs: Int, successes: Int
    ) async throws {
        let stats = try await scene.row(
            "SELECT * FROM agent_stats WHERE agent_id = $1", [.uuid(agent)])
        #expect(stats["run_count"] == JSONValue(runs))
        #expect(stats["success_count"] == JSONValue(successes))
        let metrics = try await scene.row(
            "SELECT * FROM agent_intensity_metrics WHERE agent_id = $1", [.uuid(agent)])
        #expect(metrics["total_executions"] == JSONValue(runs))
        #expect((metrics["total_tokens_used"]?.intValue ?? 0) > 0)
    }
}
