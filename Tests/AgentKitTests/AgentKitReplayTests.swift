import AgentKit
import EngineTestSupport
import FoundationEssentials
import JSON
import Journal
import Models
import Testing
import Tools

@Suite("AgentKit's journal")
struct AgentKitReplayTests {
    func run(
        _ model: ScriptedModel, _ tools: ScriptedTools, _ journal: any Journal
    ) async -> RunResult {
        let kit = AgentKit(
            models: ModelCatalog(providers: [model], default: model.provider), tools: tools)
        return await kit.run(
            agent: AgentKitTests.agent, input: AgentKitTests.input, journal: journal,
            stepPrefix: "think.")
    }

    static func asking(_ rounds: Int) -> ScriptedModel {
        ScriptedModel { _, number in
            number <= rounds
                ? .asking(("helpdesk__get", "{\"n\":\(number)}"), ("helpdesk__get", "{\"m\":1}"))
                : .scripted("Done.")
        }
    }

    @Test("calls and their results have keys of their iteration, and a later attempt repeats none")
    func keys() async {
        let first = MemoryJournal()
        let tools = ScriptedTools(actions: ["helpdesk.get"], effect: .once)
        let live = await run(Self.asking(2), tools, first)
        #expect(first.steps == ["think.iteration1", "think.iteration2", "think.iteration3"])
        #expect(
            Set(first.performed.map(\.key)) == [
                "think.iteration1.call1", "think.iteration1.call2", "think.iteration2.call1",
                "think.iteration2.call2",
            ])
        #expect(first.performed.allSatisfy { $0.kind == .tool && $0.effect == .once })

        let later = MemoryJournal(after: first)
        let model = ScriptedModel { _, _ throws(ModelError) in
            throw ModelError(.provider, message: "not to be asked", spend: .none)
        }
        let replayed = await run(model, tools, later)
        #expect(replayed.output == live.output && replayed.success)
        #expect(replayed.toolCalls == live.toolCalls && replayed.iterations == live.iterations)
        #expect(replayed.toolTimeMs == live.toolTimeMs && replayed.models == live.models)
        #expect(later.diverged.isEmpty && later.performed.isEmpty && model.requests.isEmpty)
        #expect(tools.calls.count == 4)
    }

    @Test("a failure that the model was told is told again")
    func failures() async {
        let tools = ScriptedTools(actions: ["helpdesk.get"]) { _, number in
            number == 1 ? .failure("SERVER_ERROR", status: 500, isRetryable: true) : .success(1)
        }
        let first = MemoryJournal()
        _ = await run(Self.asking(1), tools, first)
        let later = MemoryJournal(after: first)
        let result = await run(Self.asking(0), tools, later)
        #expect(result.toolCalls.map(\.success) == [false, true])
        #expect(later.diverged.isEmpty && tools.calls.count == 2)
    }

    @Test("a call that may have taken effect without an answer is told, and not made again")
    func unknown() async {
        let tools = ScriptedTools(actions: ["helpdesk.get"], effect: .once) { _, _ in
            .failure("TIMEOUT", isOutcomeUnknown: true)
        }
        let model = ScriptedModel { _, number in
            number <= 2 ? .asking(("helpdesk__get", "{\"n\":1}")) : .scripted("I gave up.")
        }
        let result = await run(model, tools, MemoryJournal())
        #expect(result.output == "I gave up.")
        #expect(tools.calls.count == 1)
        #expect(result.toolCalls[1].error?.hasPrefix("SIDE_EFFECT_UNKNOWN") == true)
    }

    @Test("a call claimed by an attempt that died stops the run with a clear error")
    func claimed() async {
        let first = MemoryJournal()
        _ = try? await first.perform(
            JournalStep(
                key: "think.iteration1.call1", kind: .tool, fingerprint: "f", effect: .once)
        ) { throw CancellationError() }
        let tools = ScriptedTools(actions: ["helpdesk.get"], effect: .once)
        let result = await run(Self.asking(1), tools, MemoryJournal(after: first))
        #expect(result.failure?.code == "SIDE_EFFECT_UNKNOWN")
        #expect(result.failure?.isPermanent == true)
        // The other call of the same reply was made, and is in its place.
        #expect(tools.calls.count == 1)
    }

    @Test("a suspension from below suspends the run, after the calls beside it are done")
    func suspended() async {
        struct Asking: Journal {
            let journal = MemoryJournal()
            func account<Reply: Journalled>(
                for intent: CallIntent, _ call: () async throws -> AccountedReply<Reply>
            ) async throws -> Reply { try await journal.account(for: intent, call) }
            func perform(
                _ step: JournalStep, _ body: () async throws -> JSONValue
            ) async throws -> JSONValue {
                if step.key.hasSuffix("call1") {
                    throw Suspension(key: step.key, reason: "input_required")
                }
                return try await journal.perform(step, body)
            }
            func wait(for event: ExternalEvent) async throws -> JSONValue { .null }
        }
        let journal = Asking()
        let tools = ScriptedTools(actions: ["helpdesk.get"])
        let result = await run(Self.asking(1), tools, journal)
        #expect(result.suspension?.key == "think.iteration1.call1")
        #expect(result.failure == nil && !result.success)
        #expect(journal.journal.performed.map(\.key) == ["think.iteration1.call2"])
    }

    @Test("a conversation that grows too long loses what was seen already, oldest first")
    func window() async {
        var limits = AgentKitLimits()
        limits.maxContextTokens = 3000
        let model = ScriptedModel { _, number in
            number <= 4
                ? .asking(("helpdesk__get", "{\"n\":\(number)}")) : .scripted("Done.")
        }
        let tools = ScriptedTools(actions: ["helpdesk.get"]) { _, _ in
            .success(.string(String(repeating: "x", count: 5000)))
        }
        let kit = AgentKit(
            models: ModelCatalog(providers: [model], default: model.provider), tools: tools,
            limits: limits)
        let result = await kit.run(
            agent: AgentKitTests.agent, input: AgentKitTests.input, journal: MemoryJournal())
        #expect(result.output == "Done.")
        #expect(model.requests.allSatisfy { $0.estimatedInputTokens <= 3000 })
        let contents = model.requests[4].messages.filter { $0.role == .tool }.map {
            $0.content ?? ""
        }
        #expect(contents.map { $0.hasPrefix("[a result of") } == [true, true, false, false])
        // What one request left out, the next leaves out too.
        #expect(
            model.requests[3].messages.prefix(5).map(\.content)
                == model.requests[4].messages.prefix(5).map(\.content))
    }

    @Test("results of one round that do not fit together are cut to equal lengths")
    func wideRound() async {
        var limits = AgentKitLimits()
        limits.maxContextTokens = 3000
        let calls = (1...4).map {
            ToolCallRequest(id: "c\($0)", name: "helpdesk__get", arguments: "{\"n\":\($0)}")
        }
        let model = ScriptedModel([.scripted(nil, calls: calls), .scripted("Done.")])
        let tools = ScriptedTools(actions: ["helpdesk.get"]) { _, _ in
            .success(.string(String(repeating: "x", count: 7000)))
        }
        let kit = AgentKit(
            models: ModelCatalog(providers: [model], default: model.provider), tools: tools,
            limits: limits)
        let result = await kit.run(
            agent: AgentKitTests.agent, input: AgentKitTests.input, journal: MemoryJournal())
        #expect(result.success)
        #expect(model.requests[1].estimatedInputTokens <= 3000)
        #expect(
            model.requests[1].messages.filter { $0.role == .tool }
                .allSatisfy { ($0.content ?? "").hasSuffix("characters left out]") })
    }
}
