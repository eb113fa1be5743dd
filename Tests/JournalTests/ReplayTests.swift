import AgentKit
import EngineTestSupport
import FoundationEssentials
import JSON
import Jobs
import Journal
import Models
import Postgres
import RunLog
import TestSupport
import Testing
import Tools

/// A run of ten model calls and nine tool calls that is crashed at each of its boundaries and goes
/// on in the next attempt.
@Suite("replay after a crash", .serialized, .timeLimit(.minutes(3)))
struct ReplayTests {
    static let database = SuiteDatabase(migrated: true)

    private static let agent = AgentDefinition(
        id: UUID(), userID: UUID(), name: "Helper", systemPrompt: "You help.",
        pluginsRequired: ["helpdesk"])

    /// Answers by what it is asked, as a provider does: nine times with a tool call, then a text.
    private static func model() -> ScriptedModel {
        ScriptedModel { request, _ in
            let round = request.messages.count { $0.role == .tool }
            return round == 9
                ? .scripted("Done after \(round).")
                : .asking(("helpdesk__get", "{\"n\":\(round)}"))
        }
    }

    private func run(
        _ model: ScriptedModel, _ tools: ScriptedTools, _ job: ClaimedJob, _ journal: any Journal
    ) async -> RunResult {
        let kit = AgentKit(
            models: ModelCatalog(providers: [model], default: model.provider), tools: tools)
        return await kit.run(
            agent: Self.agent,
            input: RunInput(
                executionID: job.executionID, now: Date(timeIntervalSince1970: 1_700_000_000)),
            journal: journal)
    }

    private func tools(_ effect: SideEffect) -> ScriptedTools {
        // Members in an order that jsonb would not keep: a replay must say the very same.
        ScriptedTools(actions: ["helpdesk.get"], effect: effect) { call, _ in
            .success(["title": "t", "id": call.arguments["n"] ?? .null, "aa": 1.50])
        }
    }

    static let places = CrashingJournal.Place.allCases
    static let calls = [1, 5, 10]

    @Test(
        "a crash at any boundary of a model call pays nothing twice; one in flight is unknown",
        arguments: places, calls)
    func modelCalls(place: CrashingJournal.Place, call: Int) async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let model = Self.model()
            let tools = tools(.idempotent)
            let first = try await fixture.claim()
            let crashed = await run(
                model, tools, first,
                CrashingJournal(fixture.journal(first), at: place, ofCall: call))
            #expect(crashed.failure?.code == CrashingJournal.code)
            try await fixture.crash()
            let second = try await fixture.claim()
            let journal = fixture.journal(second)
            let result = await run(model, tools, second, journal)
            #expect(result.output == "Done after 9.")
            #expect(result.iterations == 10 && result.toolCalls.count == 9)
            #expect(model.requests.count == (place == .afterReply ? 11 : 10))
            #expect(tools.calls.count == 9)
            var ledger = ["settled": 10]
            // In flight, or about to be: nobody can know what the provider billed.
            if place == .afterIntent || place == .afterReply { ledger["unknown"] = 1 }
            #expect(try await fixture.calls() == ledger)
            #expect(journal.counts.divergences == 0)
            let paid = call - 1 + (place == .afterCommit ? 1 : 0)
            #expect(journal.counts.replayed == paid + call - 1)
            try await fixture.settle(second, .completed, output: result.output)
            #expect(try await fixture.rows("SELECT * FROM agent_logs")[0]["run_tokens"] == 150)
        }
    }

    @Test("ten crashes in a row, one after each call, pay for ten calls")
    func everyCall() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let model = Self.model()
            let tools = tools(.once)
            for call in 1...10 {
                let job = try await fixture.claim()
                let journal = CrashingJournal(
                    fixture.journal(job), at: .afterCommit, ofCall: call)
                let crashed = await run(model, tools, job, journal)
                #expect(crashed.failure?.code == CrashingJournal.code)
                try await fixture.crash()
            }
            let job = try await fixture.claim()
            let result = await run(model, tools, job, fixture.journal(job))
            #expect(result.output == "Done after 9." && result.toolCalls.count == 9)
            #expect(result.toolTimeMs == 63)
            #expect(model.requests.count == 10 && tools.calls.count == 9)
            #expect(try await fixture.calls() == ["settled": 10])
        }
    }

    @Test("a changed request is a new call: recorded, counted and marked as a divergence")
    func divergence() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let first = try await fixture.claim()
            let firstJournal = fixture.journal(first)
            for text in ["one", "two"] {
                _ = try await firstJournal.account(for: JournalFixture.intent(text)) {
                    JournalFixture.reply(text)
                }
            }
            try await fixture.crash()
            let second = try await fixture.claim()
            let journal = fixture.journal(second)
            let changed = JournalFixture.intent("one", request: "another request")
            #expect(
                try await journal.account(for: changed) { JournalFixture.reply("new") } == "new")
            let same = try await journal.account(for: JournalFixture.intent("two")) {
                () async throws -> AccountedReply<String> in
                Issue.record("it was paid for")
                return JournalFixture.reply("again")
            }
            #expect(same == "two")
            let counts = journal.counts
            #expect((counts.replayed, counts.performed, counts.divergences) == (1, 1, 1))
            expect(try await fixture.step("one"), has: ["divergences": 1, "output": "new"])
            expect(try await fixture.step("two"), has: ["divergences": 0, "output": "two"])
            #expect(try await fixture.calls() == ["settled": 3])
            #expect(
                try await fixture.count("token_usage WHERE metadata = '{\"diverged\": true}'") == 1)
        }
    }

    @Test("a failed call is not replayed")
    func failure() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let first = try await fixture.claim()
            await #expect(throws: ModelError.self) {
                try await fixture.journal(first).account(for: JournalFixture.intent("one")) {
                    () async throws -> AccountedReply<String> in
                    throw ModelError(.provider, status: 500, message: "no", spend: .none)
                }
            }
            try await fixture.crash()
            let second = try await fixture.claim()
            let reply = try await fixture.journal(second).account(
                for: JournalFixture.intent("one")
            ) { JournalFixture.reply("hello") }
            #expect(reply == "hello")
            #expect(try await fixture.calls() == ["failed": 1, "settled": 1])
        }
    }

    @Test("what no column holds is replaced at once, so that live and replay are the same")
    func storable() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let first = try await fixture.claim()
            let live = try await fixture.journal(first).account(
                for: JournalFixture.intent("one")
            ) { JournalFixture.reply("a\0b") }
            try await fixture.crash()
            let second = try await fixture.claim()
            let replayed = try await fixture.journal(second).account(
                for: JournalFixture.intent("one")
            ) { JournalFixture.reply("other") }
            #expect(live == "a\u{FFFD}b" && replayed == live)
        }
    }
}
