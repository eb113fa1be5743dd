import AgentKit
import EngineTestSupport
import JSON
import Testing

@testable import Orchestration

/// What every step type must keep to; a new one is covered by being in the catalogue.
@Suite("every step type")
struct StepCatalogTests {
    static let names = StepCatalog.standard.names

    @Test("is found by each of its names", arguments: names)
    func found(name: String) {
        #expect(StepCatalog.standard[name]?.names.contains(name) == true)
    }

    @Test("no two share a name")
    func unique() {
        #expect(Set(Self.names).count == Self.names.count)
    }

    @Test(
        "names its faults when its fields have the wrong type",
        arguments: names.filter { $0 != "llm_decision" && $0 != "ai_processing" })
    func faults(name: String) throws {
        let type = try #require(StepCatalog.standard[name])
        var read: [String] = []
        let step = WorkflowStep(["id": "a", "type": .string(name)], faults: &read)
        #expect(read.isEmpty)
        #expect(!type.outline(of: step, tools: ScriptedTools()).faults.isEmpty)
    }

    @Test("ends a cancelled run without doing anything", arguments: names)
    func cancelled(name: String) async {
        let steps: [String: JSONObject] = [
            "action": ["plugin": "helpdesk", "action": "list_open"],
            "conditional": ["condition": true], "switch": ["evaluate": "x", "cases": ["x": []]],
            "loop": ["iterateOver": "{{input.list}}", "loopSteps": [PlanTests.wait("w")]],
            "parallel_group": ["steps": [PlanTests.wait("w")]],
            "transform": ["operation": "set", "input": 1], "delay": ["duration": 5],
            "enrichment": ["sources": [["key": "a", "from": 1]], "strategy": "merge"],
            "validation": ["input": 1, "schema": ["type": "number"]],
            "comparison": ["left": 1, "right": 1, "operation": "equals"],
            "scatter_gather": [
                "scatter": ["input": "{{input.list}}", "steps": [PlanTests.wait("w")]],
                "gather": ["operation": "collect"],
            ],
            "sub_workflow": ["workflowSteps": [PlanTests.wait("w")]],
            "human_approval": ["approvers": ["ann"], "approvalType": "any", "title": "Go?"],
        ]
        var step = steps[name] ?? [:]
        step["id"] = "a"
        step["type"] = .string(name)
        let json: JSONValue = [.object(step)]
        let bench = Bench()
        let gate = Gate()
        let task = Task {
            await gate.wait()
            return await bench.run(json, inputs: ["list": [1]])
        }
        task.cancel()
        gate.open()
        let result = await task.value
        #expect(result.failure?.failureClass == .cancelled)
        #expect(bench.tools.calls.isEmpty && bench.model.requests.isEmpty)
        #expect(bench.slept.isEmpty)
    }
}
