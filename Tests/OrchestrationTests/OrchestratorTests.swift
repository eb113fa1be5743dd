import AgentKit
import EngineTestSupport
import FoundationEssentials
import JSON
import Journal
import Models
import Synchronization
import Testing
import Tools

@testable import Orchestration

@Suite("running workflows")
struct OrchestratorTests {
    static let sample: JSONValue = [
        [
            "id": "step1", "name": "List tickets", "type": "action", "plugin": "helpdesk",
            "action": "list_open", "params": ["limit": "{{input.limit}}"],
        ],
        [
            "id": "step2", "name": "Any urgent?", "type": "conditional", "dependencies": ["step1"],
            "condition": [
                "field": "step1.data.urgent_count", "operator": "greater_than", "value": 0,
            ],
        ],
        [
            "id": "step3", "name": "Each ticket", "type": "loop", "dependencies": ["step2"],
            "executeIf": "step2.data.result == true", "iterateOver": "{{step1.data.tickets}}",
            "maxIterations": 20,
            "loopSteps": [
                [
                    "id": "step3a", "name": "Classify", "type": "llm_decision",
                    "prompt": "Classify the ticket", "params": ["text": "{{current.body}}"],
                ]
            ],
        ],
        [
            "id": "step4", "name": "Wait", "type": "delay", "dependencies": ["step3"],
            "duration": 500,
        ],
    ]

    @Test("the worked sample runs, and everything it did is counted")
    func worked() async {
        let bench = Bench { _, _ in
            .success(
                ["urgent_count": 1, "tickets": [["body": "Fire"], ["body": "Tea"]]], items: 2)
        }
        let result = await bench.run(Self.sample, inputs: ["limit": 5])
        #expect(result.failure == nil)
        #expect(result.steps == StepCounts(completed: 4, failed: 0, skipped: 0))
        #expect(result.toolCalls.count == 1)
        #expect(result.toolTimeMs == 7)
        #expect(result.iterations == 2)
        #expect(result.workflow == WorkflowCounts(branches: 0, loopIterations: 2))
        #expect(result.models == ["gpt-4o-2024-08-06"])
        #expect(result.pluginsUsed == ["helpdesk"])
        #expect(bench.tools.calls[0].arguments == ["limit": 5])
        let key = bench.input.executionID.uuidString.lowercased()
        #expect(bench.tools.calls[0].idempotencyKey == "\(key)/step1")
        #expect(
            bench.journal.steps == ["step3[0].step3a.iteration1", "step3[1].step3a.iteration1"])
        #expect(
            bench.journal.performed.map(\.key) == [
                "step1", "step3[0].step3a.outcome", "step3[1].step3a.outcome", "step4",
            ])
        let users = bench.model.requests.map { $0.messages[1].content ?? "" }
        #expect(users[0].hasPrefix("Classify the ticket"))
        #expect(users[0].contains("- text: Fire"))
        #expect(users[1].contains(#"- Element 2 of 2: {"body":"Tea"}"#))
        #expect(bench.slept == [.milliseconds(500)])
        #expect(result.output["step2"] == ["result": true])
        #expect(result.output["step3"]?[0]?["step3a"]?["decision"] == "ok")
        #expect(result.output["step4"] == ["delayed": true])
    }

    @Test("a step whose executeIf is false is skipped, and so are those that depend on it alone")
    func skipped() async {
        let bench = Bench { _, _ in .success(["urgent_count": 0, "tickets": []]) }
        let result = await bench.run(Self.sample, inputs: ["limit": 5])
        #expect(result.success)
        #expect(result.steps == StepCounts(completed: 2, failed: 0, skipped: 2))
        #expect(result.output["step3"] == nil)
        #expect(bench.model.requests.isEmpty)
    }

    @Test("a step starts as soon as its dependencies are done, whatever its level")
    func readiness() async {
        let slow = Gate()
        let bench = Bench { call, _ in
            if call.arguments["id"] == "slow" { await slow.wait() }
            if call.arguments["id"] == "next" { slow.open() }
            return .success(nil)
        }
        func call(_ id: String, after: JSONValue = []) -> JSONValue {
            [
                "id": .string(id), "type": "action", "plugin": "helpdesk", "action": "list_open",
                "params": ["id": .string(id)], "dependencies": after,
            ]
        }
        // "next" is of level 1 and lets "slow" of level 0 end: level by level this never ends.
        let result = await bench.run([call("slow"), call("quick"), call("next", after: ["quick"])])
        #expect(result.success)
        #expect(result.workflow.parallelExecutions == 2)
    }

    @Test("no more steps run at once than the limit, and the next starts when one is done")
    func slidingWindow() async {
        let bench = Bench { call, number in
            for _ in 0..<number { await Task.yield() }
            return .success(call.arguments)
        }
        let steps = (1...8).map { number -> JSONValue in
            [
                "id": "s\(number)", "type": "action", "plugin": "helpdesk", "action": "list_open",
                "params": ["n": JSONValue(number)],
                "dependencies": number == 1 ? [] : ["s1"],
            ]
        }
        let result = await bench.run(.array(steps))
        #expect(result.steps?.completed == 8)
        #expect(bench.tools.peak <= 3)
        #expect(result.workflow.parallelExecutions == 7)
        // Records stand in the order of the list, however the steps ended.
        #expect(result.output["s8"] == ["n": 8])
    }

    @Test("an LLM step of the old form is told the run's input and what the user asked for")
    func legacyLLM() async {
        let bench = Bench()
        let result = await bench.run(
            [["operation": "Summarise", "plugin_action": "process", "type": "ai_processing"]],
            inputs: ["topic": "tea"])
        #expect(result.success)
        let user = bench.model.requests.first?.messages.last?.content
        #expect(user == "Summarise\n\nInput values:\n- topic: tea")
    }

    @Test("output_schema names what the workflow hands back")
    func outputSchema() async {
        let result = await Bench().run(
            [["id": "a", "type": "transform", "operation": "set", "input": ["n": 1]]],
            output: [
                ["name": "number", "source": "a.data.n"], ["name": "all", "source": "{{a.data}}"],
                ["name": "text", "source": "n is {{a.n}}"], ["name": "ignored"],
            ])
        #expect(result.output == ["number": 1, "all": ["n": 1], "text": "n is 1"])
    }

    @Test("a workflow that cannot be planned fails before anything runs")
    func unplanned() async {
        let bench = Bench()
        let result = await bench.run([["id": "a", "type": "action", "plugin": "helpdesk"]])
        #expect(result.failure?.code == "VALIDATION_ERROR")
        #expect(result.steps == StepCounts())
        #expect(bench.tools.calls.isEmpty)
    }
}
