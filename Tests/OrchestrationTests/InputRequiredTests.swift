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

@Suite("actions that ask a person")
struct InputRequiredTests {
    /// An action that wants to know the colour before it is done.
    final class AskingTools: ToolCalling {
        let answers = Mutex<[ToolInputAnswer?]>([])
        let prepared = Mutex<[String]>([])

        func prepare(plugins: [String]) async throws(ToolError) {
            prepared.withLock { $0 = plugins }
        }

        func definitions(plugins: [String]) -> [ToolDefinition] { [] }
        func context(ofPlugin plugin: String) -> String? { nil }
        func hasAction(plugin: String, action: String) -> Bool {
            prepared.withLock { $0.contains(plugin) }
        }
        func sideEffect(plugin: String, action: String) -> SideEffect { .once }

        func call(
            plugin: String, action: String, arguments: JSONValue, idempotencyKey: String
        ) async -> ToolResult {
            await call(
                plugin: plugin, action: action, arguments: arguments,
                idempotencyKey: idempotencyKey, answer: nil)
        }

        func call(
            plugin: String, action: String, arguments: JSONValue, idempotencyKey: String,
            answer: ToolInputAnswer?
        ) async -> ToolResult {
            answers.withLock { $0.append(answer) }
            if let answer {
                return .success(answer.responses["q"]?["content"] ?? answer.responses["q"] ?? nil)
            }
            var result = ToolResult.failure("INPUT_REQUIRED")
            result.inputRequest = ToolInputRequest(
                questions: [
                    ToolInputRequest.Question(
                        key: "q", message: "Which colour?", form: .fields(schema: [:]))
                ], state: "s1")
            return result
        }
    }

    static let steps: JSONValue = [
        ["id": "a", "type": "action", "plugin": "paint", "action": "wall"]
    ]

    private static func run(_ tools: AskingTools, _ journal: MemoryJournal) async -> RunResult {
        let kit = AgentKit(
            models: ModelCatalog(providers: [ScriptedModel([])], default: "openai"), tools: tools)
        return await Orchestrator(agentKit: kit, tools: tools).run(
            agent: PlanTests.agent(steps),
            input: RunInput(executionID: UUID(), now: Date(timeIntervalSince1970: 0)),
            journal: journal)
    }

    @Test(
        "the run waits for the answer, and the call is made again with it",
        arguments: [("approve", ["colour": "red"]), ("reject", ["action": "decline"])]
            as [(JSONValue, JSONValue)])
    func asks(decision: JSONValue, data: JSONValue) async {
        let tools = AskingTools()
        let journal = MemoryJournal()
        let waiting = await Self.run(tools, journal)
        #expect(waiting.suspension?.key == "a.input1")
        #expect(journal.events.first?.kind == "input_required")
        #expect(journal.events.first?.request["state"] == nil)
        journal.answer("a.input1", ["decision": decision, "content": ["colour": "red"]])
        let result = await Self.run(tools, MemoryJournal(after: journal))
        #expect(result.failure == nil)
        #expect(result.output == ["a": data])
        // It was asked once, told once, and counts once.
        #expect(tools.answers.withLock { $0.map { $0?.state } } == [nil, "s1"])
        #expect(result.toolCalls.count == 1)
    }
}
