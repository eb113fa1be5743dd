import Foundation
import JSON
import TestSupport
import Testing
import WorkerTestSupport

/// What a run leaves is told to the next, and neither a fault nor a crash on the way costs the run.
@Suite("Memory", .serialized)
struct MemoryTests {
    static let on = ["AGENT_WORKER_MEMORY": "on"]
    static let summary = "The depot in Oslo was closed, so the parcels went to Bergen."
    static let seen = "I remember the depot."

    /// The summary of every run, and an answer that only a run gets which was told that summary.
    static let script: [JSONValue] = [
        [
            "match": ["model": "gpt-4o-mini"],
            "reply": [
                "json": [
                    "summary": .string(summary), "sentiment": "mixed", "items_processed": 4,
                    "warnings": ["slow"], "recurring_error": .null, "success_pattern": .null,
                    "performance_issue": .null, "improve_prompt": "Name the depot.",
                    "adjust_schedule": .null, "optimize_config": .null,
                ]
            ],
        ],
        ["match": ["contains": .string(summary)], "reply": ["content": .string(seen)]],
    ]

    static let step: JSONValue = ["id": "think", "type": "llm_decision", "prompt": "Decide"]

    @Test(
        "the second run of an agent is told what the first left",
        arguments: [
            "agentkit", "orchestrator",
        ])
    func twice(kind: String) async throws {
        try await Scene.play { scene in
            try await scene.stub.script(Self.script)
            try await scene.worker(Self.on)
            let agent = try await scene.agent(workflow: kind == "orchestrator" ? [Self.step] : nil)
            try await scene.pool.query(
                """
                INSERT INTO user_memory (user_id, memory_key, memory_value, memory_type)
                VALUES ($1::text::uuid, 'language', 'Norwegian', 'preference')
                """, [.text(Scene.user)])
            let first = try await scene.job(kind, agent: agent)
            let firstJob = try await scene.job(first, reaches: "completed")
            #expect(!firstJob.serialized.contains(Self.seen))
            try await expectMemory(
                scene, of: first, kind: kind, entries: 1, types: ["user_context"])

            let memory = try await scene.row("SELECT * FROM run_memories")
            #expect(memory["id"] == firstJob["execution_id"])
            #expect(memory["execution_id"] == firstJob["execution_id"])
            #expect(memory["run_number"] == 1 && memory["summary"] == .string(Self.summary))
            #expect(memory["sentiment"] == "mixed" && memory["model_used"] == "gpt-4o")
            #expect(memory["key_outcomes"]?["success"] == true)
            #expect(memory["key_outcomes"]?["items_processed"] == 4)
            #expect(memory["suggestions"] == ["improve_prompt": "Name the depot."])
            // 5 + 1 suggestion - 1 ordinary success + 2 first run
            #expect(memory["importance_score"] == 7)

            let second = try await scene.job(kind, agent: agent)
            let job = try await scene.job(second, reaches: "completed")
            #expect(job["output"]?.serialized.contains(Self.seen) == true, "\(job.serialized)")
            try await expectMemory(
                scene, of: second, kind: kind, entries: 2, types: ["summaries", "user_context"])
            try await expectPaid(scene, second)
            let metrics = try await scene.row("SELECT * FROM agent_intensity_metrics")
            #expect(metrics["memory_entry_count"] == 2)
            #expect(metrics["memory_type_diversity"] == 2)
            #expect((metrics["memory_complexity_score"]?.doubleValue ?? 0) > 0)
        }
    }

    /// The memory of a run in operation 1 and 2.
    private func expectMemory(
        _ scene: Scene, of id: Int64, kind: String, entries: Int, types: [JSONValue]
    ) async throws {
        let execution = try await scene.execution(of: id)
        let memory = execution["logs"]?["memory"]
        #expect(memory?["entries"] == JSONValue(entries), "\(execution.serialized)")
        #expect(memory?["types"] == .array(types))
        #expect((memory?["tokens"]?.intValue ?? 0) > 0)
        let log = try await scene.row(
            "SELECT full_output FROM agent_logs WHERE execution_id::text = $1",
            [.text(execution["id"]?.stringValue ?? "")])
        #expect(log["full_output"]?["memory"] == memory)
        for record in [execution, log] {
            #expect(!record.serialized.contains("depot"), "a record holds a memory's content")
        }
    }

    /// The summary's call is in the ledger as one of its own, and in the run's tokens.
    private func expectPaid(_ scene: Scene, _ id: Int64) async throws {
        let calls = try await scene.calls(of: id)
        #expect(
            calls.map { $0["activity_type"] } == ["agent_execution", "memory_creation"])
        #expect(calls.last?["activity_name"] == "run_summary")
        #expect(calls.last?["activity_step"] == "@memory.summary")
        #expect(calls.allSatisfy { $0["status"] == "settled" })
        let sum = calls.reduce(0) { $0 + ($1["total_tokens"]?.intValue ?? 0) }
        #expect(try await scene.attempts(of: id).first?["total_tokens"] == JSONValue(sum))
        let execution = try await scene.execution(of: id)
        #expect(execution["logs"]?["tokens"]?["total"] == JSONValue(sum))
    }

    @Test(
        "a summary that fails costs the run nothing, and the log says why",
        arguments: [
            ("status:500", "provider"), ("429:1", "cooldown"), ("refusal", "MODEL_REFUSED"),
            ("text", "SUMMARY_UNUSABLE"), ("hang", "timeout"),
        ])
    func failing(fault: String, reason: String) async throws {
        try await Scene.play { scene in
            var entry: JSONValue = ["match": ["model": "gpt-4o-mini"]]
            switch fault {
            case "refusal": entry["reply"] = ["refusal": "I can't help with that."]
            case "text": entry["reply"] = ["content": "It went well."]
            default: entry["fault"] = .string(fault)
            }
            try await scene.stub.script([entry])
            let worker = try await scene.worker(
                Self.on.merging(["AGENT_WORKER_MEMORY_TIMEOUT": "1s"]) { $1 })
            let id = try await scene.job("agentkit", agent: try await scene.agent())
            let job = try await scene.job(id, reaches: "completed")
            #expect(job["attempt"] == 1 && job["last_error"] == .null)
            let line = try await worker.waitForLine(containing: "job settled")
            #expect(line.contains("skipped: ") && line.contains(reason), "\(line)")
            #expect(try await scene.count("run_memories") == 0)
            #expect(try await scene.execution(of: id)["status"] == "completed")
        }
    }

    @Test("a run that fails for good is remembered once, with its failure")
    func failed() async throws {
        try await Scene.play { scene in
            try await scene.stub.script(
                Self.script + [ModelStub.fault("status:500", model: "broken")])
            let worker = try await scene.worker(Self.on)
            let step: JSONValue = [
                "id": "think", "type": "llm_decision", "prompt": "Decide",
                "retryPolicy": ["maxRetries": 0],
            ]
            let id = try await scene.job(
                "orchestrator", ["model": "broken"],
                agent: try await scene.agent(workflow: [step]), maxAttempts: 2)
            try await scene.job(id, reaches: "failed")
            _ = try await worker.waitForLine(containing: "memory=\"run 1\"")
            let memory = try await scene.row("SELECT * FROM run_memories")
            #expect(memory["key_outcomes"]?["success"] == false)
            // 5 + 2 failed + 1 suggestion + 2 first run
            #expect(memory["importance_score"] == 10)
            #expect(try await scene.stub.calls(of: "gpt-4o-mini").count == 1)
        }
    }

    @Test(
        "without memory, for the worker or for the agent, nothing is read, asked or written",
        arguments: [("off", "NULL"), ("on", "false"), ("agents", "NULL")])
    func off(mode: String, agentSays: String) async throws {
        try await Scene.play { scene in
            try await scene.stub.script(Self.script)
            try await scene.worker([
                "AGENT_WORKER_MEMORY": mode, "AGENT_WORKER_JOURNAL_RETENTION": "1h",
            ])
            let agent = try await scene.agent()
            try await scene.pool.query("UPDATE agents SET memory_enabled = \(agentSays)")
            let id = try await scene.job("agentkit", agent: agent)
            try await scene.job(id, reaches: "completed")
            #expect(try await scene.count("run_memories") == 0)
            #expect(try await scene.count("run_steps", where: "step_key LIKE '@memory%'") == 0)
            #expect(try await scene.stub.requests()["total"] == 1)
        }
    }

    @Test("a workflow that asks no model has no memory")
    func noModel() async throws {
        try await Scene.play { scene in
            try await scene.worker(Self.on)
            let step: JSONValue = [
                "id": "shape", "type": "transform", "operation": "set", "input": "x",
            ]
            let id = try await scene.job(
                "orchestrator", agent: try await scene.agent(workflow: [step]))
            try await scene.job(id, reaches: "completed")
            #expect(try await scene.count("run_memories") == 0)
            #expect(try await scene.stub.requests()["total"] == 0)
        }
    }
}
