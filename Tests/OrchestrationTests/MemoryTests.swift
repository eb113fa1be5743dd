import AgentKit
import EngineTestSupport
import FoundationEssentials
import JSON
import Journal
import Models
import Testing
import Tools

@testable import Orchestration

@Suite("memory in workflows")
struct MemoryTests {
    static let memory = MemoryContext(
        choosingFrom: [
            "runs": [["number": 1, "day": "2026-01-31", "summary": "The depot closed."]]
        ],
        budget: MemoryBudget())

    private func run(_ steps: JSONValue, _ model: ScriptedModel) async -> RunResult {
        let tools = ScriptedTools(actions: ["helpdesk.list_open"])
        let kit = AgentKit(
            models: ModelCatalog(providers: [model], default: "openai"), tools: tools)
        return await Orchestrator(agentKit: kit, tools: tools).run(
            agent: PlanTests.agent(steps),
            input: RunInput(
                inputValues: ["list": [1, 2]], executionID: UUID(),
                now: Date(timeIntervalSince1970: 1_700_000_000),
                memory: Self.memory),
            journal: MemoryJournal())
    }

    @Test("every LLM step is told it, nested ones and sub-workflows too, and it counts once")
    func steps() async {
        let model = ScriptedModel([.scripted("ok")])
        let think: JSONValue = ["id": "think", "type": "llm_decision", "prompt": "P"]
        let result = await run(
            [
                think,
                [
                    "id": "each", "type": "loop", "iterateOver": "{{input.list}}",
                    "dependencies": ["think"],
                    "loopSteps": [["id": "judge", "type": "llm_decision", "prompt": "P"]],
                ],
                [
                    "id": "sub", "type": "sub_workflow", "dependencies": ["think"],
                    "workflowSteps": [["id": "inner", "type": "ai_processing", "prompt": "P"]],
                ],
            ], model)
        #expect(model.requests.count == 4)
        #expect(
            model.requests.allSatisfy {
                $0.messages[0].content?.contains("- Run 1, 2026-01-31: The depot closed.") == true
            })
        #expect(result.memory == Self.memory.use)
        #expect(result.memory == MemoryUse(tokens: 5, entries: 1, types: ["summaries"]))
    }

    @Test("a run that asked no model was told nothing; one whose step failed was")
    func counted() async {
        let down = ScriptedModel { _, _ throws(ModelError) in
            throw ModelError(.provider, message: "down", spend: .none)
        }
        let set: JSONValue = ["id": "a", "type": "transform", "operation": "set", "input": "x"]
        #expect(await run([set], down).memory == .none)
        let failed = await run(
            [
                [
                    "id": "think", "type": "llm_decision", "prompt": "P",
                    "retryPolicy": ["maxRetries": 0],
                ]
            ], down)
        #expect(!failed.success && failed.memory == Self.memory.use)
    }

    @Test(
        "a workflow may ask a model when a step of it, however deep, is of a type that does",
        arguments: [
            ([["id": "a", "type": "action"]], false),
            ([["id": "a", "type": "llm_decision"]], true),
            ([["operation": "Sum up", "type": "ai_processing"]], true),
            ([["id": "a", "type": "loop", "loopSteps": [["type": "llm_decision"]]]], true),
            ([["id": "a", "type": "conditional", "then": [["type": "transform"]]]], false),
            ([["id": "a", "type": "sub_workflow", "workflowId": "w"]], true),
            ([], false), (.null, false), ("llm_decision", false),
        ] as [(JSONValue, Bool)])
    func mayAsk(steps: JSONValue, expected: Bool) {
        #expect(WorkflowModels.mayAsk(PlanTests.agent(steps)) == expected)
    }
}
