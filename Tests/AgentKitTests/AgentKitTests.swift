import AgentKit
import EngineTestSupport
import FoundationEssentials
import JSON
import Journal
import Models
import Testing
import Tools

@Suite("AgentKit's loop")
struct AgentKitTests {
    let journal = MemoryJournal()

    static let agent = AgentDefinition(
        id: UUID(), userID: UUID(), name: "Helper", systemPrompt: "You help.",
        pluginsRequired: ["helpdesk"])

    static let input = RunInput(
        inputValues: ["limit": 5], executionID: UUID(),
        now: Date(timeIntervalSince1970: 1_700_000_000))

    func run(
        _ model: ScriptedModel, _ tools: ScriptedTools = ScriptedTools(),
        limits: AgentKitLimits = AgentKitLimits(), agent: AgentDefinition = Self.agent,
        input: RunInput = Self.input, prefix: String = ""
    ) async -> RunResult {
        let kit = AgentKit(
            models: ModelCatalog(providers: [model], default: model.provider), tools: tools,
            limits: limits)
        return await kit.run(agent: agent, input: input, journal: journal, stepPrefix: prefix)
    }

    @Test("a run without plugins is one model call and its answer")
    func pureAI() async {
        var agent = Self.agent
        agent.pluginsRequired = []
        let model = ScriptedModel([.scripted("Hello.")])
        let result = await run(model, agent: agent)
        #expect(result.success)
        #expect(result.output == "Hello.")
        #expect(result.iterations == 1)
        #expect(result.model == "gpt-4o-2024-08-06")
        #expect(result.provider == "openai")
        #expect(model.requests[0].tools.isEmpty)
        #expect(journal.steps == ["iteration1"])
        #expect(journal.entries[0].intent.activity.type == "agent_execution")
    }

    @Test(
        "the model's tool calls are answered, recorded without content, and followed by its answer")
    func toolLoop() async {
        let model = ScriptedModel([
            .asking(("helpdesk__list_open", #"{"limit":5}"#)), .scripted("Five tickets."),
        ])
        let tools = ScriptedTools(actions: ["helpdesk.list_open"]) { _, _ in
            .success(["tickets": ["secret"]], items: 5)
        }
        let result = await run(model, tools, prefix: "step3[2].")
        #expect(result.output == "Five tickets.")
        #expect(result.iterations == 2)
        #expect(result.pluginsUsed == ["helpdesk"])
        #expect(result.toolTimeMs == 7)
        let record: JSONValue = [
            "plugin": "helpdesk", "action": "list_open", "success": true, "itemsReturned": 5,
            "executionTime": 7, "error": nil,
        ]
        #expect(result.toolCalls.map(\.json) == [record])
        #expect(journal.steps == ["step3[2].iteration1", "step3[2].iteration2"])
        let second = model.requests[1].messages
        #expect(second.map(\.role) == [.system, .user, .assistant, .tool])
        #expect(second[3].toolCallID == "call_1")
        #expect(second[3].content == #"{"success":true,"data":{"tickets":["secret"]}}"#)
        let key = Self.input.executionID.uuidString.lowercased()
        #expect(tools.calls[0].idempotencyKey == "\(key)/step3[2].iteration1/call1")
    }

    @Test("parallel tool calls keep their order and stay under the limit")
    func parallelCalls() async {
        let calls = (1...9).map {
            ToolCallRequest(id: "c\($0)", name: "helpdesk__get", arguments: "{\"n\":\($0)}")
        }
        let model = ScriptedModel([.scripted(nil, calls: calls), .scripted("Done.")])
        let tools = ScriptedTools(actions: ["helpdesk.get"]) { call, _ in
            await Task.yield()
            return .success(call.arguments)
        }
        let result = await run(model, tools)
        #expect(result.success)
        #expect(tools.peak <= 4)
        let answers = model.requests[1].messages.filter { $0.role == .tool }
        #expect(answers.map(\.toolCallID) == calls.map(\.id))
        #expect(answers[8].content == #"{"success":true,"data":{"n":9}}"#)
    }

    @Test(
        "a call that cannot be made is answered with the reason, and the run goes on",
        arguments: [
            ("helpdesk__drop_all", "{}", "ACTION_NOT_FOUND", "helpdesk", "drop_all"),
            ("no such name!", "{}", "ACTION_NOT_FOUND", "unknown", "unknown"),
            ("helpdesk__get", "{\"n\":", "VALIDATION_ERROR", "helpdesk", "get"),
            ("helpdesk__get", "[1]", "VALIDATION_ERROR", "helpdesk", "get"),
        ])
    func badCalls(
        name: String, arguments: String, code: String, plugin: String, action: String
    ) async {
        let model = ScriptedModel([.asking((name, arguments)), .scripted("Sorry.")])
        let tools = ScriptedTools(actions: ["helpdesk.get"])
        let result = await run(model, tools)
        #expect(result.success)
        #expect(tools.calls.isEmpty)
        #expect(result.pluginsUsed.isEmpty)
        #expect(result.toolCalls.map { $0.error?.hasPrefix(code) } == [true])
        #expect(result.toolCalls[0].plugin == plugin)
        #expect(result.toolCalls[0].action == action)
        #expect(model.requests[1].messages[3].content?.contains(code) == true)
    }

    @Test("a failed action is told to the model with its code")
    func failedAction() async {
        let model = ScriptedModel([.asking(("helpdesk__get", "")), .scripted("It failed.")])
        let tools = ScriptedTools(actions: ["helpdesk.get"]) { _, _ in
            .failure("NOT_FOUND", status: 404)
        }
        let result = await run(model, tools)
        #expect(result.success)
        #expect(tools.calls[0].arguments == [:])
        #expect(result.toolCalls[0].success == false)
        #expect(model.requests[1].messages[3].content?.contains("NOT_FOUND") == true)
    }

    @Test("a long result is cut to the limit and says so")
    func longResult() async {
        let model = ScriptedModel([.asking(("helpdesk__get", "{}")), .scripted("Long.")])
        let tools = ScriptedTools(actions: ["helpdesk.get"]) { _, _ in
            .success(.string(String(repeating: "x", count: 9000)))
        }
        _ = await run(model, tools)
        let content = model.requests[1].messages[3].content ?? ""
        #expect(content.count < 8100)
        #expect(!content.hasSuffix("}"))
    }

    @Test("a plugin declared twice offers its functions once")
    func duplicatePlugins() async {
        var agent = Self.agent
        agent.pluginsRequired = ["helpdesk", "helpdesk"]
        let model = ScriptedModel([.scripted("ok")])
        _ = await run(model, ScriptedTools(actions: ["helpdesk.get"]), agent: agent)
        #expect(model.requests[0].tools.map(\.name) == ["helpdesk__get"])
    }

    @Test("a journal that fails ends the run, and the reply is not used")
    func brokenJournal() async {
        struct Broken: Journal {
            func perform(
                _ step: JournalStep, _ body: () async throws -> JSONValue
            ) async throws -> JSONValue { throw StoreError() }

            func wait(for event: ExternalEvent) async throws -> JSONValue { throw StoreError() }

            func account<Reply: Journalled>(
                for intent: CallIntent, _ call: () async throws -> AccountedReply<Reply>
            ) async throws -> Reply {
                _ = try await call()
                throw StoreError()
            }
        }
        struct StoreError: Error {}
        let model = ScriptedModel([.scripted("Lost.")])
        let kit = AgentKit(
            models: ModelCatalog(providers: [model], default: "openai"), tools: ScriptedTools())
        let result = await kit.run(agent: Self.agent, input: Self.input, journal: Broken())
        #expect(result.failure?.code == "JOURNAL_FAILED")
        #expect(result.failure?.failureClass == .transport)
        #expect(result.output == .null)
    }
}
