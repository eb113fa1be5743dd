import JSON
import Journal
import Models
import Testing

@testable import Generation

@Suite("A generation without a usable reply")
struct GeneratorFailureTests {
    @Test(
        "an outage is the job's to retry, never a canned success",
        arguments: [
            FailureClass.transport, .rateLimited, .provider, .timeout, .quota, .contextLength,
            .cancelled,
        ])
    func outage(failureClass: FailureClass) async throws {
        let scenario = try Scenario(
            .object(noteBot.with(["purpose": nil])),
            .error(
                ModelError(
                    failureClass, status: 503, providerCode: "overloaded", message: "try later",
                    retryAfter: .seconds(7), spend: .none)))
        let result = await scenario.run()
        #expect(result.failure?.failureClass == failureClass)
        #expect(result.failure?.code == "overloaded")
        #expect(result.failure?.retryAfter == .seconds(7))
        #expect(result.retryCount == 1)
        #expect(result.agent?["name"] == "Note Bot")
        #expect(result.validationErrors?["attempts"]?.arrayValue?.count == 1)
        #expect(scenario.model.requests.count == 2)
    }

    @Test("an outage in the first try leaves nothing behind")
    func firstOutage() async throws {
        let result = await (try Scenario()).run()
        #expect(result.failure?.failureClass == .transport)
        #expect(result.agent == nil)
        #expect(result.retryCount == 0)
        #expect(result.validationErrors == nil)
        #expect(result.model == "gpt-4.1-nano")
    }

    @Test("a limit before a call suspends the run, and fails nothing")
    func limit() async throws {
        let limit = Suspension.limit(key: "budget:1", reason: "spent", for: .seconds(60))
        let scenario = try Scenario(
            .object(noteBot), journal: MemoryJournal(failure: limit))
        let result = await scenario.run()
        #expect(result.suspension == limit)
        #expect(result.failure == nil)
        #expect(scenario.model.requests.isEmpty)
    }

    static let ends: [(message: ChatMessage, reason: FinishReason, failure: FailureClass)] = [
        (
            ChatMessage(role: .assistant, content: nil, refusal: "I cannot."), .stop,
            .contentPolicy
        ),
        (.assistant(""), .contentFilter, .contentPolicy),
        (.assistant(#"{"name": "No"#), .length, .contextLength),
    ]

    @Test("a refused, filtered or cut reply stops at once with its own class", arguments: ends)
    func stops(message: ChatMessage, reason: FinishReason, failure: FailureClass) async throws {
        let scenario = try Scenario(.reply(message, reason), .object(noteBot))
        let result = await scenario.run()
        #expect(result.failure?.failureClass == failure)
        #expect(result.retryCount == 0)
        #expect(scenario.model.requests.count == 1)
        #expect(result.failure?.message.contains("I cannot") == false)
    }

    @Test("a provider that takes no structured output is asked without it, at no try's cost")
    func noStructuredOutput() async throws {
        let refusal = ModelError(
            .invalidPayload, status: 400, message: "response_format is not supported",
            spend: .none)
        let scenario = try Scenario(
            .error(refusal), .object(["name": "N"]), .object(noteBot))
        let result = await scenario.run()
        #expect(result.failure == nil)
        #expect(result.retryCount == 1)
        let formats = scenario.model.requests.map(\.responseFormat)
        #expect(formats[1] == .jsonObject && formats[2] == .jsonObject)
        #expect(scenario.sent(1).contains("The object must fit this JSON Schema"))
        #expect(scenario.journal.intents.map(\.step) == ["try1", "try1", "try2"])
    }

    @Test("an unknown provider is named before anything is spent")
    func unknownProvider() async throws {
        let scenario = try Scenario(.object(noteBot))
        let result = await scenario.run(model: "acme:m")
        #expect(result.failure?.failureClass == .invalidPayload)
        #expect(scenario.model.requests.isEmpty)
    }

    @Test("an owner no agent can have fails before anything is spent")
    func longOwner() async throws {
        let scenario = try Scenario(.object(noteBot))
        let result = await scenario.run(user: String(repeating: "u", count: 51))
        #expect(result.failure?.failureClass == .invalidPayload)
        #expect(result.failure?.message.contains("owner") == true)
        #expect(scenario.model.requests.isEmpty)
    }

    @Test("a journal that cannot record means no call, and another attempt")
    func journalFailure() async throws {
        struct StoreDown: Error {}
        let scenario = try Scenario(
            .object(noteBot), journal: MemoryJournal(failure: StoreDown()))
        let result = await scenario.run()
        #expect(result.failure?.failureClass == .transport)
        #expect(result.failure?.code == "JOURNAL_FAILED")
        #expect(scenario.model.requests.isEmpty)
    }

    @Test("a failure of the journal's own passes through")
    func journalRunFailure() async throws {
        let failure = RunFailure(.quota, code: "BUDGET", message: "spent")
        let scenario = try Scenario(journal: MemoryJournal(failure: failure))
        #expect(await scenario.run().failure == failure)
    }

    @Test("a cancelled task returns at once")
    func cancellation() async throws {
        let scenario = try Scenario(.object(noteBot))
        let result = await withTaskGroup(of: GenerationResult.self) { group in
            group.cancelAll()
            group.addTask { await scenario.run() }
            return await group.next()
        }
        #expect(result?.failure?.failureClass == .cancelled)
        #expect(scenario.model.requests.isEmpty)
    }
}
