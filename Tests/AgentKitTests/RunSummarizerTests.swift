import EngineTestSupport
import FoundationEssentials
import JSON
import Journal
import Models
import Testing
import Tools

@testable import AgentKit

@Suite("summaries of runs")
struct RunSummarizerTests {
    static let reply: JSONValue = [
        "summary": "Four parcels went out.", "sentiment": "positive", "items_processed": 4,
        "warnings": ["slow", "", 3], "recurring_error": .null, "success_pattern": "mornings",
        "performance_issue": " ", "improve_prompt": "Name the depot.", "adjust_schedule": 7,
    ]

    static let ended = RunResult(
        output: "All sent.", iterations: 2,
        toolCalls: [
            ToolCallRecord(
                plugin: "mail", action: "send", success: true, itemsReturned: 4,
                executionTimeMs: 31, error: nil),
            ToolCallRecord(
                plugin: "mail", action: "list", success: false, itemsReturned: 0,
                executionTimeMs: 9, error: "secret"),
        ], model: "gpt-4o-2024-08-06")

    func summarize(
        _ run: RunResult = Self.ended, input: RunInput = AgentKitTests.input,
        by model: ScriptedModel, named name: String = "small", journal: any Journal
    ) async throws -> RunMemory {
        try await RunSummarizer(
            models: ModelCatalog(providers: [model], default: "openai"), model: name,
            timeout: .seconds(9)
        ).summarize(run, of: AgentKitTests.agent, input: input, journal: journal)
    }

    @Test("one call, accounted for under a name of its own, and replayed by a later attempt")
    func call() async throws {
        let model = ScriptedModel([.scripted(Self.reply.serialized)])
        let journal = MemoryJournal()
        let memory = try await summarize(by: model, journal: journal)
        let intent = try #require(journal.entries.first?.intent)
        #expect(intent.activity == CallActivity(type: "memory_creation", name: "run_summary"))
        #expect(intent.step == "@memory.summary" && intent.model == "small")
        #expect(intent.maxOutputTokens == 500)
        #expect(model.requests[0].timeout == .seconds(9))
        guard case .jsonSchema(_, _, let strict) = model.requests[0].responseFormat else {
            Issue.record("no schema is asked for")
            return
        }
        #expect(strict)
        let later = MemoryJournal(after: journal)
        #expect(try await summarize(by: model, journal: later) == memory)
        #expect(model.requests.count == 1 && later.diverged.isEmpty)
    }

    @Test("a reply is read leniently; what is not of its form counts as not said")
    func read() async throws {
        let model = ScriptedModel([.scripted("```json\n\(Self.reply.serialized)\n```")])
        let memory = try await summarize(by: model, journal: MemoryJournal())
        #expect(
            memory.json == [
                "summary": "Four parcels went out.", "sentiment": "positive",
                "key_outcomes": [
                    "success": true, "items_processed": 4, "errors": [], "warnings": ["slow"],
                ],
                "patterns_detected": ["success_pattern": "mornings"],
                "suggestions": ["improve_prompt": "Name the depot."],
                "model_used": "gpt-4o-2024-08-06",
            ])
    }

    @Test("a run that failed is remembered with its error")
    func failure() async throws {
        var run = Self.ended
        run.output = .null
        run.failure = RunFailure(.tool, code: "LOOP_DETECTED", message: "mail.send again")
        let model = ScriptedModel([
            .scripted(#"{"summary": "It looped.", "sentiment": "sad", "items_processed": -1}"#)
        ])
        let memory = try await summarize(run, by: model, journal: MemoryJournal())
        #expect(memory.sentiment == .neutral && memory.itemsProcessed == nil && !memory.success)
        #expect(memory.errors == ["LOOP_DETECTED: mail.send again"])
        let facts = try #require(model.requests[0].messages[1].content)
        #expect(facts.contains("Result: failure") && facts.contains("LOOP_DETECTED"))
        #expect(!facts.contains("Output:"))
    }

    @Test("the model sees at most 500 characters of input and errors, 1,000 of output")
    func bounded() async throws {
        var input = AgentKitTests.input
        input.userPrompt = String(repeating: "i", count: 5000)
        var run = Self.ended
        run.output = .string(String(repeating: "o", count: 5000))
        run.toolCalls = Array(repeating: Self.ended.toolCalls[0], count: 50)
        let model = ScriptedModel([.scripted(Self.reply.serialized)])
        _ = try await summarize(run, input: input, by: model, journal: MemoryJournal())
        run.failure = RunFailure(
            .tool, code: "X", message: String(repeating: "e", count: 5000))
        _ = try await summarize(run, input: input, by: model, journal: MemoryJournal())
        let facts = model.requests.compactMap { $0.messages[1].content }
        func longest(_ letter: Character, in text: String) -> Int {
            text.split { $0 != letter }.map(\.count).max() ?? 0
        }
        #expect(longest("i", in: facts[0]) == 500)
        #expect(longest("o", in: facts[0]) == 1000)
        #expect(longest("e", in: facts[1]) == 500 - "X: ".count)
        #expect(facts[0].contains("- and 30 more"))
    }

    @Test("equal runs ask the same, whatever the time their calls took")
    func equal() async throws {
        var slow = Self.ended
        slow.toolTimeMs = 999
        slow.toolCalls[0].executionTimeMs = 900
        let model = ScriptedModel([.scripted(Self.reply.serialized)])
        let journal = MemoryJournal()
        _ = try await summarize(by: model, journal: journal)
        let later = MemoryJournal(after: journal)
        _ = try await summarize(slow, by: model, journal: later)
        #expect(later.diverged.isEmpty)
        #expect(model.requests[0].messages[1].content?.contains("secret") == false)
    }

    @Test("what earlier runs left is shown, so that what recurs can be seen")
    func past() async throws {
        var input = AgentKitTests.input
        input.memory = MemoryContextTests.context
        let model = ScriptedModel([.scripted(Self.reply.serialized)])
        _ = try await summarize(input: input, by: model, journal: MemoryJournal())
        #expect(model.requests[0].messages[1].content?.contains("Run 11, 2026-01-30") == true)
    }

    @Test(
        "a refusal, a cut reply and one without a summary are no memory",
        arguments: [
            (ChatReply.scripted(nil, refusal: "No."), "MODEL_REFUSED"),
            (.scripted("", finish: .contentFilter), "CONTENT_FILTERED"),
            (.scripted(#"{"summary": "It"#, finish: .length), "OUTPUT_LIMIT_REACHED"),
            (.scripted("It went well."), "SUMMARY_UNUSABLE"),
            (.scripted(#"{"summary": " "}"#), "SUMMARY_UNUSABLE"),
            (.scripted(#"["summary"]"#), "SUMMARY_UNUSABLE"),
            (.scripted(nil), "SUMMARY_UNUSABLE"),
        ])
    func unusable(reply: ChatReply, code: String) async {
        let model = ScriptedModel([reply])
        let journal = MemoryJournal()
        await #expect { try await summarize(by: model, journal: journal) } throws: {
            ($0 as? RunFailure)?.code == code
        }
        #expect(model.requests.count == 1, "a summary is not corrected")
        #expect(journal.totalTokens == 15, "its call is paid all the same")
    }

    @Test("a model nobody provides, and a limit without room, reach the caller as they are")
    func refused() async {
        let model = ScriptedModel([.scripted(Self.reply.serialized)])
        await #expect {
            try await summarize(by: model, named: "nobody:m", journal: MemoryJournal())
        } throws: {
            ($0 as? RunFailure)?.code == "UNKNOWN_PROVIDER"
        }
        await #expect {
            try await summarize(by: model, journal: FullJournal())
        } throws: {
            ($0 as? Suspension)?.key == "budget:user"
        }
        #expect(model.requests.isEmpty)
    }
}

/// A journal whose limits have room for nothing.
private struct FullJournal: Journal {
    func account<Reply: Journalled>(
        for intent: CallIntent, _ call: () async throws -> AccountedReply<Reply>
    ) async throws -> Reply {
        throw Suspension.limit(key: "budget:user", reason: "spent", for: .seconds(60))
    }

    func perform(
        _ step: JournalStep, _ body: () async throws -> JSONValue
    ) async throws -> JSONValue { try await body() }

    func wait(for event: ExternalEvent) async throws -> JSONValue { .null }
}
