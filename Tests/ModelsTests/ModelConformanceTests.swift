import EventLoop
import HTTP
import HTTPTestSupport
import Journal
import Testing

@testable import Models

/// What every provider must make of the same events. A provider joins with one line in
/// `ConformingProvider.all`.
@Suite("Conformance of the providers")
struct ModelConformanceTests {
    private static let prompt = "Dear Mrs Featherstonehaugh, about your sapphire necklace"

    private func call(
        _ provider: ConformingProvider, _ scenario: ModelScenario, timeout: Duration = .seconds(20),
        started: (@Sendable () -> Void)? = nil
    ) async throws -> (Result<ChatReply, ModelError>, CannedServer) {
        let server = try CannedServer { request in
            started?()
            return provider.answer(scenario, request)
        }
        let http = HTTPClient(loop: EventLoop(name: "models"))
        let model = provider.make(server.baseURL, http)
        let request = ChatRequest(
            model: "some-model", messages: [.user(Self.prompt)], maxOutputTokens: 100,
            timeout: timeout)
        let result: Result<ChatReply, ModelError>
        do throws(ModelError) {
            result = .success(try await model.complete(request))
        } catch {
            result = .failure(error)
        }
        await http.shutdown()
        return (result, server)
    }

    @Test("a good reply gives text, exact usage and names", arguments: ConformingProvider.all)
    func text(_ provider: ConformingProvider) async throws {
        let (result, server) = try await call(provider, .text)
        let reply = try result.get()
        #expect(reply.message == .assistant("Hello"))
        #expect(reply.finishReason == .stop)
        #expect(reply.usage.inputTokens == 20 && reply.usage.outputTokens == 5)
        #expect(reply.usage.cachedTokens == 8 && reply.usage.totalTokens == 25)
        #expect(reply.usage.cacheWriteTokens == 4 && reply.usage.serviceTier == "priority")
        #expect(!reply.usage.isEstimate && reply.usage.raw != nil)
        #expect(reply.model == "some-model-2026-01-01")
        #expect(reply.provider == provider.name)
        #expect(reply.responseBytes > 0)
        #expect(server.requests.count == provider.requestsOfReply)
        #expect(server.requests.first?.body.contains("sapphire") == true)
        #expect(server.requests.dropFirst().allSatisfy { $0.method == "GET" })
    }

    @Test("tool calls arrive with ids and argument texts", arguments: ConformingProvider.all)
    func toolCalls(_ provider: ConformingProvider) async throws {
        let reply = try await call(provider, .toolCalls).0.get()
        #expect(reply.finishReason == .toolCalls)
        #expect(reply.message.toolCalls.map(\.name) == ["mail__send", "mail__list"])
        #expect(Set(reply.message.toolCalls.map(\.id)).count == 2)
        #expect(reply.message.toolCalls.first?.arguments == "{\"to\":\"a\"}")
    }

    @Test(
        "refused and cut replies are replies, billed and marked", arguments: ConformingProvider.all)
    func marked(_ provider: ConformingProvider) async throws {
        let refusal = try await call(provider, .refusal).0.get()
        #expect(refusal.policyFailure?.failureClass == .contentPolicy)
        #expect(refusal.usage.totalTokens == 25)
        let cut = try await call(provider, .cutAtLimit).0.get()
        #expect(cut.finishReason == .length)
        #expect(cut.truncationFailure != nil)
    }

    @Test("a reply without usage is estimated and says so", arguments: ConformingProvider.all)
    func noUsage(_ provider: ConformingProvider) async throws {
        let usage = try await call(provider, .noUsage).0.get().usage
        #expect(usage.isEstimate)
        #expect(usage.inputTokens == (Self.prompt.count + 3) / 4 && usage.outputTokens == 2)
    }

    @Test(
        "failures have their class, their price and their patience",
        arguments: ConformingProvider.all, ModelScenario.failures)
    func failure(_ provider: ConformingProvider, _ expected: ModelScenario.Failure) async throws {
        let timeout: Duration = expected.scenario == .hang ? .milliseconds(200) : .seconds(20)
        let (result, server) = try await call(provider, expected.scenario, timeout: timeout)
        let error = try #require(result.failure)
        #expect(error.failureClass == expected.failureClass)
        #expect(error.spend == expected.spend)
        #expect(error.isPermanent == expected.isPermanent)
        #expect(error.retryAfter == expected.retryAfter)
        #expect(error.message.count <= 500)
        for secret in ["sapphire", ConformingProvider.key] {
            #expect(!error.message.contains(secret))
            #expect(!"\(error)".contains(secret))
        }
        #expect((error.rateLimits != nil) == (expected.scenario == .rateLimited))
        // One call is one request, whatever comes back: a repetition could be billed twice.
        #expect(server.requests.count == 1)
    }

    @Test(
        "a cut stream is charged for what had come, as an estimate",
        arguments: ConformingProvider.streaming)
    func cutStream(_ provider: ConformingProvider) async throws {
        let error = try #require(try await call(provider, .cutStream).0.failure)
        #expect(error.failureClass == .transport)
        guard case .known(let usage) = error.spend else {
            Issue.record("the spend is \(error.spend)")
            return
        }
        #expect(usage.isEstimate)
        #expect(usage.inputTokens > 0 && usage.outputTokens == 2)
    }

    @Test("nobody listens: certainly not billed", arguments: ConformingProvider.all)
    func refused(_ provider: ConformingProvider) async throws {
        let server = try CannedServer { _ in .hang }
        server.stop()
        let http = HTTPClient(loop: EventLoop(name: "models"))
        let model = provider.make("http://127.0.0.1:1", http)
        let error = await #expect(throws: ModelError.self) {
            try await model.complete(ChatRequest(model: "m", messages: [.user("x")]))
        }
        #expect(error?.failureClass == .transport)
        #expect(error?.spend == Spend.none)
        await http.shutdown()
    }

    @Test(
        "cancelling aborts the call at once, its price unknown", arguments: ConformingProvider.all)
    func cancel(_ provider: ConformingProvider) async throws {
        let (started, signal) = AsyncStream<Void>.makeStream()
        let task = Task {
            try await call(
                provider, .hang, timeout: .seconds(60), started: { signal.yield() }
            ).0
        }
        for await _ in started { break }
        task.cancel()
        let error = try await task.value.failure
        #expect(error?.failureClass == .cancelled)
        #expect(error?.spend == .unknown)
    }
}
