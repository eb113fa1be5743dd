import AgentKit
import EngineTestSupport
import FoundationEssentials
import JSON
import Journal
import Models
import Testing
import Tools

@Suite("AgentKit's limits and failures")
struct AgentKitLimitTests {
    let journal = MemoryJournal()

    func run(
        _ model: ScriptedModel, _ tools: ScriptedTools, limits: AgentKitLimits = AgentKitLimits()
    ) async -> RunResult {
        let kit = AgentKit(
            models: ModelCatalog(providers: [model], default: model.provider), tools: tools,
            limits: limits)
        return await kit.run(
            agent: AgentKitTests.agent, input: AgentKitTests.input, journal: journal)
    }

    static func endless() -> ScriptedModel {
        ScriptedModel { _, number in .asking(("helpdesk__get", "{\"n\":\(number)}")) }
    }

    static let tools = ScriptedTools(actions: ["helpdesk.get"])

    @Test("ten iterations without an answer are a permanent failure that keeps what was used")
    func maxIterations() async {
        let result = await run(Self.endless(), Self.tools)
        #expect(result.failure?.code == "MAX_ITERATIONS_REACHED")
        #expect(result.failure?.failureClass == .tool)
        #expect(result.failure?.isPermanent == true)
        #expect(result.iterations == 10)
        #expect(result.toolCalls.count == 9)
        #expect(journal.totalTokens == 150)
    }

    @Test(
        "the third equal call in a row is not made, however its arguments are written",
        arguments: [[#"{"a":1,"b":2}"#, #"{ "b": 2, "a": 1.0 }"#, #"{"a":1,"b":2}"#]])
    func loopDetected(arguments: [String]) async {
        let model = ScriptedModel { _, number in
            .asking(("helpdesk__get", arguments[number - 1]))
        }
        let tools = ScriptedTools(actions: ["helpdesk.get"])
        let result = await run(model, tools)
        #expect(result.failure?.code == "LOOP_DETECTED")
        #expect(result.failure?.isPermanent == true)
        #expect(tools.calls.count == 2)
    }

    @Test("the run's tool calls are limited before they are made")
    func toolCallLimit() async {
        var limits = AgentKitLimits()
        limits.maxToolCalls = 3
        let tools = ScriptedTools(actions: ["helpdesk.get"])
        let result = await run(Self.endless(), tools, limits: limits)
        #expect(result.failure?.code == "TOOL_CALL_LIMIT_REACHED")
        #expect(tools.calls.count == 3)
    }

    @Test("an iteration over its token limit ends the run unless it is the answer")
    func iterationTokens() async {
        let call = ToolCallRequest(id: "c", name: "helpdesk__get", arguments: "{}")
        let greedy = ScriptedModel([.scripted(nil, calls: [call], input: 60_000)])
        let failed = await run(greedy, Self.tools)
        #expect(failed.failure?.code == "ITERATION_TOKEN_LIMIT_EXCEEDED")
        let answered = await run(ScriptedModel([.scripted("Ok", input: 60_000)]), Self.tools)
        #expect(answered.success)
    }

    @Test("a prompt over the limit is refused before it costs anything")
    func promptTooLong() async {
        var limits = AgentKitLimits()
        limits.maxTokensPerIteration = 10
        let model = ScriptedModel([.scripted("never")])
        let result = await run(model, Self.tools, limits: limits)
        #expect(result.failure?.code == "ITERATION_TOKEN_LIMIT_EXCEEDED")
        #expect(model.requests.isEmpty)
        #expect(journal.entries.isEmpty)
    }

    @Test("the run's token limit counts all its calls")
    func runTokens() async {
        var limits = AgentKitLimits()
        limits.maxTokensPerRun = 1000
        let model = ScriptedModel { _, number in
            let call = ToolCallRequest(
                id: "c", name: "helpdesk__get", arguments: "{\"n\":\(number)}")
            return .scripted(nil, calls: [call], input: 400)
        }
        let result = await run(model, Self.tools, limits: limits)
        #expect(result.failure?.code == "RUN_TOKEN_LIMIT_EXCEEDED")
        #expect(result.iterations == 3)
    }

    @Test(
        "a reply that is no answer fails with its class",
        arguments: [
            (ChatReply.scripted(nil, refusal: "I cannot."), FailureClass.contentPolicy),
            (ChatReply.scripted("", finish: .contentFilter), .contentPolicy),
            (ChatReply.scripted("cut", finish: .length), .contextLength),
        ])
    func noAnswer(reply: ChatReply, failureClass: FailureClass) async {
        let result = await run(ScriptedModel([reply]), Self.tools)
        #expect(result.failure?.failureClass == failureClass)
        #expect(result.failure?.isPermanent == true)
        #expect(journal.totalTokens == 15)
        #expect(result.model == "gpt-4o-2024-08-06")
    }

    @Test("a provider's failure keeps its class and its request to wait")
    func rateLimited() async {
        let model = ScriptedModel { _, _ throws(ModelError) in
            throw ModelError(
                .rateLimited, status: 429, providerCode: "rate_limit_exceeded",
                message: "slow down", retryAfter: .seconds(12), spend: .none)
        }
        let result = await run(model, Self.tools)
        #expect(result.failure?.failureClass == .rateLimited)
        #expect(result.failure?.code == "rate_limit_exceeded")
        #expect(result.failure?.retryAfter == .seconds(12))
        #expect(result.iterations == 1)
    }

    @Test("a cancelled run returns at once with class cancelled and makes no further call")
    func cancelled() async {
        let reached = Gate()
        let tools = ScriptedTools(actions: ["helpdesk.get"]) { call, _ in
            reached.open()
            await Gate().wait()
            return .success(call.arguments)
        }
        let model = Self.endless()
        let task = Task { await run(model, tools) }
        await reached.wait()
        task.cancel()
        let result = await task.value
        #expect(result.failure?.failureClass == .cancelled)
        #expect(model.requests.count == 1)
        #expect(result.toolCalls.count == 1)
    }
}
