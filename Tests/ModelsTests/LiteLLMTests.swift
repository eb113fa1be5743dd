import EventLoop
import HTTP
import Journal
import TestSupport
import Testing

@testable import Models

/// Against a real LiteLLM proxy: `swift test --filter LiteLLMTests` installs what it needs.
@Suite("The providers against a LiteLLM proxy")
struct LiteLLMTests {
    private static let proxy = LiteLLMProxy()

    /// The result of a call; nil when there is no proxy.
    private func ask(
        _ model: String, delivery: ReplyDelivery = .whole, key: String = LiteLLMProxy.key,
        make: (String, APIKey, HTTPClient) -> (any ChatModel)? = { _, _, _ in nil }
    ) async -> Result<ChatReply, ModelError>? {
        guard let address = await Self.proxy.address() else { return nil }
        let http = HTTPClient(loop: EventLoop(name: "models"))
        let provider =
            make(address, APIKey(key), http)
            ?? OpenAIChatModel(
                provider: "litellm", baseURL: address + "/v1", key: APIKey(key),
                delivery: delivery, http: http)
        let result: Result<ChatReply, ModelError>
        do throws(ModelError) {
            result = .success(
                try await provider.complete(
                    ChatRequest(
                        model: model, messages: [.user("What is two and two?")],
                        maxOutputTokens: 50, timeout: .seconds(30))))
        } catch {
            result = .failure(error)
        }
        await http.shutdown()
        return result
    }

    @Test("an exact usage body arrives exactly")
    func exactUsage() async throws {
        guard let reply = try await ask("exact-usage")?.get() else { return }
        #expect(reply.message == .assistant("Four."))
        #expect(reply.usage.inputTokens == 1200 && reply.usage.outputTokens == 300)
        #expect(reply.usage.cachedTokens == 1024 && reply.usage.totalTokens == 1500)
        #expect(!reply.usage.isEstimate)
        // The proxy names its own alias.
        #expect(reply.model == "exact-usage")
    }

    @Test("a stream arrives whole, with the usage of its odd last chunk")
    func stream() async throws {
        guard let reply = try await ask("words", delivery: .stream)?.get() else { return }
        #expect(reply.message == .assistant("Hello from the mock model"))
        #expect(reply.finishReason == .stop && !reply.usage.isEstimate)
        #expect(reply.usage.totalTokens > 0)
        #expect(reply.usage.raw?["cost"] != nil)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var model: String
        var failureClass: FailureClass
        var isPermanent: Bool
        var testDescription: String { model }
    }

    @Test(
        "flattened errors are told apart",
        arguments: [
            Case(model: "rate-limited", failureClass: .rateLimited, isPermanent: false),
            Case(model: "too-long", failureClass: .contextLength, isPermanent: true),
            Case(model: "filtered", failureClass: .contentPolicy, isPermanent: true),
            Case(model: "broken", failureClass: .provider, isPermanent: false),
            Case(model: "no-such-model", failureClass: .invalidPayload, isPermanent: true),
        ], ReplyDelivery.allCases)
    func errors(_ test: Case, _ delivery: ReplyDelivery) async throws {
        guard let result = await ask(test.model, delivery: delivery) else { return }
        let error = try #require(result.failure)
        #expect(error.failureClass == test.failureClass)
        #expect(error.isPermanent == test.isPermanent)
        #expect(error.spend == Spend.none)
        #expect(!error.message.contains(LiteLLMProxy.key))
    }

    @Test("an error in the middle of a stream is the provider's")
    func midstream() async throws {
        guard let result = await ask("midstream", delivery: .stream) else { return }
        #expect(try #require(result.failure).failureClass == .provider)
    }

    @Test("a wrong key is the account's, though the proxy answers 400")
    func wrongKey() async throws {
        guard let result = await ask("words", key: "sk-wrong") else { return }
        let error = try #require(result.failure)
        #expect(error.failureClass == .quota && error.isPermanent)
    }

    @Test("the proxy's Messages and Responses are read too", arguments: ReplyDelivery.allCases)
    func otherProtocols(_ delivery: ReplyDelivery) async throws {
        let messages = await ask("words") { address, key, http in
            AnthropicModel(
                baseURL: address, key: key,
                headers: [("Authorization", "Bearer \(LiteLLMProxy.key)")],
                delivery: delivery, http: http)
        }
        guard let reply = try messages?.get() else { return }
        #expect(reply.message == .assistant("Hello from the mock model"))
        #expect(reply.finishReason == .stop && reply.usage.totalTokens > 0)
        // Its mock of the Responses API does not stream: 500.
        let responses = await ask("words") { address, key, http in
            ResponsesModel(baseURL: address + "/v1", key: key, http: http)
        }
        #expect(try responses?.get().message == .assistant("Hello from the mock model"))
        let limited = await ask("rate-limited") { address, key, http in
            AnthropicModel(
                baseURL: address, key: key,
                headers: [("Authorization", "Bearer \(LiteLLMProxy.key)")],
                delivery: delivery, http: http)
        }
        #expect(limited?.failure?.failureClass == .rateLimited)
    }
}
