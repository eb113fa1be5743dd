import AgentKit
import EngineTestSupport
import FoundationEssentials
import JSON
import Journal
import Models
import Testing
import Tools

@testable import Orchestration

/// One workflow with a step of every type, from its JSON to its end.
@Suite("a workflow with every step type")
struct EveryStepTests {
    static func workflow() throws -> JSONValue {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Resources/every-step.json")
        return try JSONValue(parsing: [UInt8](Data(contentsOf: file)))
    }

    static let inputs: JSONObject = [
        "limit": 5, "places": ["Oslo", "Rome"], "before": ["total": 1],
    ]

    static func bench() -> Bench {
        let model = ScriptedModel { request, _ throws(ModelError) in
            let user = request.messages[1].content ?? ""
            return .scripted(user.hasPrefix("Classify: Fire") ? "urgent" : "calm")
        }
        return Bench(
            model: model, effect: .once,
            actions: [
                "helpdesk.list_open", "crm.people", "crm.place", "mail.send", "mail.unsend",
            ]
        ) { call, number in
            switch call.name {
            case "helpdesk.list_open" where number == 1:
                return .failure("RATE_LIMIT", status: 429, isRetryable: true)
            case "helpdesk.list_open":
                return .success(
                    [
                        "tickets": [
                            ["id": 1, "from": "a", "body": "Fire"],
                            ["id": 2, "from": "b", "body": "Tea"],
                            ["id": 2, "from": "b", "body": "Tea"],
                            ["id": 3, "from": "a", "body": "Tea"],
                        ]
                    ], items: 4)
            case "crm.people":
                return .success([
                    ["from": "a", "name": "Al", "mail": "al@example.com"],
                    ["from": "b", "name": "Bo", "mail": "bo@example.com"],
                ])
            case "crm.place": return .success(["size": 3])
            default: return .success(["message": "m1"])
            }
        }
    }

    @Test("it holds a step of every type")
    func types() throws {
        var types: Set<String> = []
        func collect(_ value: JSONValue) {
            if let type = value["type"]?.stringValue, value["id"] != nil { types.insert(type) }
            for member in value.objectValue?.values ?? value.arrayValue ?? [] { collect(member) }
        }
        collect(try Self.workflow())
        #expect(types == Set(StepCatalog.standard.names))
    }

    @Test("it runs to its wait, and after the answer to its end, and everything is counted")
    func run() async throws {
        let steps = try Self.workflow()
        let bench = Self.bench()
        let waiting = await bench.run(steps, inputs: Self.inputs)
        #expect(waiting.failure == nil)
        #expect(waiting.suspension?.key == "report.ask")
        bench.journal.answer(
            "report.ask",
            [
                "decision": "approve", "answeredAt": "2026-01-01T00:00:00Z",
                "responses": [["approver": "bob", "decision": "approve"]],
            ])

        let next = bench.nextAttempt()
        let result = await next.run(steps, inputs: Self.inputs)
        #expect(result.failure == nil)
        #expect(result.suspension == nil)
        #expect(result.output["unique"]?.arrayValue?.count == 3)
        #expect(result.output["each"]?[0]?["classify"]?["decision"] == "urgent")
        #expect(
            result.output["side"]?["table"]
                == "| id | name |\n| --- | --- |\n| 1 | Al |\n| 2 | Bo |\n| 3 | Al |")
        #expect(result.output["pages"] == ["total": 6])
        #expect(result.output["changed"]?["diff"]?["modified"]?["total"] == ["from": 1, "to": 6])
        #expect(result.output["choose"]?["matchedCase"] == "true")
        #expect(result.output["report"] == ["message": "m1", "approvedBy": "bob"])
        #expect(result.output["nothing"] == nil)

        #expect(result.steps == StepCounts(completed: 12, failed: 0, skipped: 1))
        #expect(
            result.workflow
                == WorkflowCounts(branches: 2, loopIterations: 3, parallelExecutions: 6))
        #expect(result.stepRetries == 1)
        #expect(result.iterations == 3)
        #expect(result.pluginsUsed == ["helpdesk", "crm", "mail"])
        // Nothing was done twice by the two attempts: what they did is what the records say.
        #expect(result.toolCalls.count == bench.tools.calls.count)
        #expect(bench.tools.calls.count == 7)
        #expect(bench.model.requests.count == 3)
        #expect(next.journal.diverged.isEmpty)
        #expect(
            WorkflowDefinitionCounts(workflowSteps: steps)
                == WorkflowDefinitionCounts(steps: 13, branches: 0, loops: 1, parallel: 0))
    }
}
