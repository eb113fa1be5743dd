import Foundation
import JSON
import TestSupport
import Testing
import WorkerTestSupport

/// One workflow with a step of every type, from the command line to its records.
@Suite("Every step type from enqueue to records", .serialized)
struct EveryStepTests {
    @Test("the run waits for its approval, ends, and every record counts what it did")
    func run() async throws {
        try await Scene.play { scene in
            try await scene.stub.script(Self.script)
            try await scene.worker(["AGENT_WORKER_PLUGINS": try Self.plugins(scene)])
            let agent = try await scene.agent(workflow: try Self.workflow())
            let inputs = try scene.file(
                "inputs.json",
                #"{"limit": 5, "places": ["Oslo", "Rome"], "before": {"total": 1}}"#)
            let enqueued = try await scene.enqueue(
                "orchestrator", "--agent", agent.uuidString, "--user", Scene.user,
                "--input-file", inputs)
            let id = try #require(enqueued.number)
            try await scene.job(id, reaches: "waiting")
            let why = try await scene.enqueue("why", "\(id)")
            #expect(why.line.contains("Send the report of 6?"))
            let approved = try await scene.enqueue(
                "approve", "\(id)", "--decision", "approve", "--approver", "bob")
            #expect(approved.line == "resumed")
            let job = try await scene.job(id, reaches: "completed")
            try Self.checkOutput(job["output"] ?? .null)
            try await checkRecords(scene, id, agent)
            try await checkCalls(scene, id)
            #expect(try await scene.count("run_steps") == 0)
        }
    }

    private static func checkOutput(_ output: JSONValue) throws {
        #expect(output["unique"]?.arrayValue?.count == 3)
        #expect(output["each"]?[0]?["classify"]?["decision"] == "urgent")
        #expect(output["pages"] == ["total": 6])
        #expect(output["changed"]?["diff"]?["modified"]?["total"] == ["from": 1, "to": 6])
        #expect(output["choose"]?["matchedCase"] == "true")
        #expect(output["report"] == ["message": "m1", "approvedBy": "bob"])
        #expect(output["nothing"] == nil)
    }

    /// The four operations: three model calls of 110 tokens, seven calls of actions, one of them
    /// after a retry.
    private func checkRecords(_ scene: Scene, _ id: Int64, _ agent: UUID) async throws {
        let execution = try await scene.execution(of: id)
        let logs = try #require(execution["logs"])
        #expect(execution["status"] == "completed" && execution["retry_count"] == 1)
        #expect(logs["stepsCompleted"] == 12 && logs["stepsSkipped"] == 1)
        #expect(logs["stepsFailed"] == 0 && logs["totalSteps"] == 13)
        #expect(logs["tokensUsed"] == 330 && logs["inputValuesUsed"] == 3)
        #expect(
            logs["tokens"] == ["prompt": 300, "completion": 30, "cached": 60, "total": 330])
        let calls = try #require(logs["toolCalls"]?.arrayValue)
        let time = calls.reduce(0) { $0 + ($1["executionTime"]?.intValue ?? 0) }
        #expect(
            logs["counts"] == [
                "iterations": 3, "toolCalls": 7, "toolTimeMs": JSONValue(time), "stepRetries": 1,
                "branches": 2, "loopIterations": 3, "parallelExecutions": 6,
            ])
        #expect(
            calls.map { "\($0["plugin"]?.stringValue ?? "").\($0["action"]?.stringValue ?? "")" }
                == [
                    "helpdesk.list_open", "helpdesk.list_open", "crm.people", "mail.send",
                    "crm.place", "crm.place", "mail.send",
                ])
        #expect(calls.count { $0["success"] == true } == 6)
        #expect(logs["pluginsUsed"] == ["helpdesk", "crm", "mail"])
        #expect(logs["provider"] == "openai" && logs["retryCount"] == 1)

        let log = try await scene.row(
            "SELECT * FROM agent_logs WHERE agent_id = $1", [.uuid(agent)])
        #expect(log["status"] == "✅ Orchestrator execution completed successfully")
        #expect(log["run_tokens"] == 330 && log["user_credits_used"] == 1)
        #expect(log["full_output"]?["counts"] == logs["counts"])
        for text in [execution.serialized, log.serialized] {
            for content in ["Fire", "al@example.com", "Sum up", "urgent"] {
                #expect(!text.contains(content), "a record holds \(content)")
            }
        }
        let stats = try await scene.row(
            "SELECT * FROM agent_stats WHERE agent_id = $1", [.uuid(agent)])
        #expect(stats["run_count"] == 1 && stats["success_count"] == 1)
        try await checkMetrics(scene, agent, toolTime: time)
    }

    /// The seed's counts of the definition: thirteen steps, one loop, no top-level conditional.
    private func checkMetrics(_ scene: Scene, _ agent: UUID, toolTime: Int) async throws {
        let metrics = try await scene.row(
            "SELECT * FROM agent_intensity_metrics WHERE agent_id = $1", [.uuid(agent)])
        let expected: [String: Int] = [
            "total_executions": 1, "total_tokens_used": 330, "total_iterations": 1,
            "workflow_steps_count": 13, "conditional_branches_count": 0,
            "loop_iterations_count": 1, "parallel_execution_count": 0, "total_plugin_calls": 7,
            "retry_rate": 1, "error_recovery_count": 1,
            "tool_orchestration_overhead_ms": toolTime,
        ]
        for (column, value) in expected {
            #expect(metrics[column]?.doubleValue == Double(value), "\(column)")
        }
    }

    /// The ledger, the calls one by one, and what the services were really asked.
    private func checkCalls(_ scene: Scene, _ id: Int64) async throws {
        let attempts = try await scene.attempts(of: id)
        #expect(attempts.map { $0["outcome"] } == ["wait", "completed"])
        #expect(attempts.map { $0["total_tokens"] } == [330, 0])
        let calls = try await scene.calls(of: id)
        #expect(
            calls.map { $0["activity_step"] } == [
                "each[0].classify.iteration1", "each[1].classify.iteration1", "digest.iteration1",
            ])
        for call in calls {
            #expect(call["status"] == "settled" && call["total_tokens"] == 110)
            #expect(call["model_name"] == "gpt-4o" && call["provider"] == "openai")
        }
        let asked = try await scene.stub.requests()["byPath"]
        #expect(asked?["/v1/chat/completions"] == 3)
        #expect(asked?["/tools/list_open"] == 2 && asked?["/tools/people"] == 1)
        #expect(asked?["/tools/place"] == 2 && asked?["/tools/send"] == 2)
    }

    // MARK: The scene

    private static func workflow() throws -> JSONValue {
        let path = PackageRoot.path("Tests/OrchestrationTests/Resources/every-step.json")
        return try JSONValue(parsing: Array(try Data(contentsOf: URL(filePath: path))))
    }

    private static var script: [JSONValue] {
        let tickets: JSONValue = [
            ["id": 1, "from": "a", "body": "Fire"], ["id": 2, "from": "b", "body": "Tea"],
            ["id": 2, "from": "b", "body": "Tea"], ["id": 3, "from": "a", "body": "Tea"],
        ]
        let people: JSONValue = [
            ["from": "a", "name": "Al", "mail": "al@example.com"],
            ["from": "b", "name": "Bo", "mail": "bo@example.com"],
        ]
        return [
            ["match": ["path": "/tools/list_open"], "times": 1, "fault": "status:429"],
            answer("/tools/list_open", ["tickets": tickets]), answer("/tools/people", people),
            answer("/tools/place", ["size": 3]), answer("/tools/send", ["message": "m1"]),
            says("urgent", to: "Classify: Fire"), says("calm", to: "Classify: Tea"),
            says("All well.", to: "Sum up the tickets."),
        ]
    }

    private static func answer(_ path: String, _ json: JSONValue) -> JSONValue {
        ["match": ["path": .string(path)], "reply": ["json": json]]
    }

    private static func says(_ text: String, to prompt: String) -> JSONValue {
        [
            "match": ["contains": .string(prompt)], "reply": ["content": .string(text)],
            "usage": [
                "prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110,
                "prompt_tokens_details": ["cached_tokens": 20],
            ],
        ]
    }

    /// The plugins of the workflow, all served by the stub; mail must not be sent twice.
    private static func plugins(_ scene: Scene) throws -> String {
        let actions = [
            "helpdesk": ["list_open"], "crm": ["people", "place"], "mail": ["send", "unsend"],
        ]
        var directory = ""
        for (name, actions) in actions {
            var definitions = JSONObject()
            for action in actions {
                definitions[action] = [
                    "description": "Does it.", "parameters": ["type": "object"],
                    "request": [
                        "method": name == "mail" ? "POST" : "GET",
                        "url": .string(scene.stub.address + "/tools/\(action)"),
                    ],
                ]
            }
            let plugin: JSONValue = [
                "plugin": [
                    "name": .string(name), "description": "A service", "context": "For tests.",
                    "category": "other", "allow_addresses": ["127.0.0.1/32"],
                    "auth_config": ["auth_type": "platform_key"],
                ],
                "actions": .object(definitions),
            ]
            let path = try scene.file("plugins/\(name).json", plugin.serialized)
            directory = String(path.dropLast("/\(name).json".count))
        }
        return directory
    }
}
