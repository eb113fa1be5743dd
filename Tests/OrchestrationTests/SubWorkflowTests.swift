import AgentKit
import EngineTestSupport
import FoundationEssentials
import JSON
import Journal
import Testing
import Tools

@testable import Orchestration

@Suite("sub-workflows")
struct SubWorkflowTests {
    static func set(_ id: String, _ input: JSONValue) -> JSONValue {
        ["id": .string(id), "type": "transform", "operation": "set", "input": input]
    }

    static func sub(_ fields: JSONObject) -> JSONValue {
        var step = fields
        step["id"] = "sub"
        step["type"] = "sub_workflow"
        return .object(step)
    }

    static let fails: JSONValue = [
        "id": "x", "type": "action", "plugin": "helpdesk", "action": "list_open",
    ]

    @Test("it sees its inputs and nothing else, and its ids are its own")
    func isolated() async {
        let result = await Bench().run(
            [
                Self.set("a", 1),
                Self.sub([
                    "inputs": ["n": "{{a.data}}", "m": "input.m"],
                    "workflowSteps": [
                        Self.set("a", "{{input.n}}"), Self.set("b", ["{{a.data}}", "{{input}}"]),
                    ],
                ]), Self.set("z", "{{a.data}} {{sub.b[0]}}"),
            ], inputs: ["m": 2])
        #expect(result.failure == nil)
        #expect(result.output["sub"] == ["a": 1, "b": [1, ["n": 1, "m": 2]]])
        #expect(result.output["z"] == "1 1")
        #expect(result.steps?.completed == 3)
    }

    @Test("with inheritContext it sees what its step sees")
    func inherited() async {
        let result = await Bench().run(
            [
                Self.set("a", 1),
                Self.sub([
                    "inheritContext": true, "inputs": ["n": 5],
                    "workflowSteps": [Self.set("b", ["{{a.data}}", "{{input.m}}", "{{input.n}}"])],
                ]),
            ], inputs: ["m": 2])
        #expect(result.output["sub"] == ["b": [1, 2, 5]])
    }

    @Test("outputMapping takes out what is asked for")
    func mapping() async {
        let result = await Bench().run([
            Self.sub([
                "workflowSteps": [Self.set("b", ["v": 7])],
                "outputMapping": ["value": "b.v", "text": "v={{b.data.v}}"],
            ])
        ])
        #expect(result.output["sub"] == ["value": 7, "text": "v=7"])
    }

    @Test(
        "onError says what becomes of a failure",
        arguments: [
            ("throw", nil), ("continue", ["sub": nil]),
            (
                "return_error",
                [
                    "sub": [
                        "error": "sub-workflow: step 'x': NOT_FOUND: it failed",
                        "errorCode": "SUB_WORKFLOW_FAILED",
                    ]
                ]
            ),
        ] as [(JSONValue, JSONValue?)])
    func onError(policy: JSONValue, output: JSONValue?) async {
        let bench = Bench { _, _ in .failure("NOT_FOUND") }
        let result = await bench.run([
            Self.sub(["onError": policy, "workflowSteps": [Self.fails]])
        ])
        #expect(result.success == (output != nil))
        #expect(result.output == output ?? nil)
        if output == nil { #expect(result.failure?.code == "SUB_WORKFLOW_FAILED") }
        #expect(result.toolCalls.count == 1)
    }

    @Test("its time limit has a code of its own, and onError counts for it")
    func timeout() async {
        let started = Gate()
        let clock = Bench.Clock(alarm: { limit in
            #expect(limit == .milliseconds(50))
            await started.wait()
        })
        func bench() -> Bench {
            Bench(clock: clock) { _, _ in
                started.open()
                try? await Bench.never()
                return .failure("CANCELLED")
            }
        }
        let fields: JSONObject = ["timeout": 50, "workflowSteps": [Self.fails]]
        let failed = await bench().run([Self.sub(fields)])
        #expect(failed.failure?.code == "SUB_WORKFLOW_TIMEOUT")
        #expect(failed.failure?.failureClass == .timeout)
        var tolerant = fields
        tolerant["onError"] = "continue"
        #expect(await bench().run([Self.sub(tolerant)]).success)
    }

    @Test("another agent's workflow is a fault of the plan, unless it can be loaded")
    func otherAgent() async {
        let other = PlanTests.agent([Self.set("a", "{{input.n}}")])
        let step = Self.sub(["workflowId": .string(other.id.uuidString), "inputs": ["n": 3]])
        let refused = await Bench().run([step])
        #expect(refused.failure?.code == "VALIDATION_ERROR")
        #expect(refused.failure?.message.contains("workflowId names another agent") == true)

        let loaded = await Bench(agents: [other]).run([step])
        #expect(loaded.output == ["sub": ["a": 3]])

        let missing = await Bench(agents: []).run([step])
        #expect(missing.failure?.code == "WORKFLOW_NOT_FOUND")
    }

    @Test("a workflow that runs itself ends")
    func recursion() async {
        var agent = PlanTests.agent([])
        agent.workflowSteps = [Self.sub(["workflowId": .string(agent.id.uuidString)])]
        let result = await Bench(agents: [agent]).run(agent.workflowSteps ?? nil)
        #expect(result.failure?.code == "SUB_WORKFLOW_FAILED")
        #expect(result.failure?.message.contains("nest more than 5 levels") == true)
    }
}
