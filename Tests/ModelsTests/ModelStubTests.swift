import EventLoop
import Foundation
import HTTP
import Journal
import TestSupport
import Testing

@testable import Models

/// Against the package's own `model-stub`, when it is built beside the tests.
@Suite("The providers against model-stub")
struct ModelStubTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var fault: String
        var failureClass: FailureClass?
        var spend: Spend?
        var isEstimate = false
        var testDescription: String { fault }

        init(_ fault: String, fails failureClass: FailureClass, _ spend: Spend) {
            self.fault = fault
            self.failureClass = failureClass
            self.spend = spend
        }

        init(_ fault: String, isEstimate: Bool = false) {
            self.fault = fault
            self.isEstimate = isEstimate
        }
    }

    @Test(
        "every fault of the stub ends as a reply or as the right error",
        arguments: [
            Case("drip:1"), Case("nul"), Case("surrogate"), Case("invalidutf8"),
            Case("overflow"), Case("contentfilter"), Case("refusal"), Case("length"),
            Case("nousage", isEstimate: true), Case("negativeusage", isEstimate: true),
            Case("hugeusage", isEstimate: true),
            Case("429:2", fails: .rateLimited, .none), Case("quota", fails: .quota, .none),
            Case("status:500", fails: .provider, .none), Case("status:401", fails: .quota, .none),
            Case("badjson", fails: .provider, .unknown),
            Case("html200", fails: .provider, .unknown),
            Case("shortlength", fails: .provider, .unknown),
            Case("truncate", fails: .transport, .unknown),
            Case("longlength", fails: .transport, .unknown),
            Case("reset", fails: .transport, .unknown), Case("empty", fails: .transport, .unknown),
            Case("hugebody:16", fails: .provider, .unknown),
            Case("hugeheaders:256", fails: .provider, .unknown),
            Case("hang", fails: .timeout, .unknown), Case("hangbody", fails: .timeout, .unknown),
        ])
    func fault(_ test: Case) async throws {
        let hangs = test.fault.hasPrefix("hang")
        let request = ChatRequest(
            model: "gpt-4o", messages: [.user("Tell me about the sea.")],
            timeout: hangs ? .milliseconds(300) : .seconds(20))
        let openAI: Make = { OpenAIChatModel(baseURL: $0 + "/v1", key: nil, http: $1) }
        guard let result = try await ask(request, openAI, fault: test.fault) else { return }
        check(result, test)
    }

    @Test(
        "and so by every other protocol",
        arguments: ProviderMode.allCases,
        [
            Case("latency:1"), Case("contentfilter"), Case("refusal"), Case("length"),
            Case("nousage", isEstimate: true), Case("negativeusage", isEstimate: true),
            Case("429:2", fails: .rateLimited, .none), Case("quota", fails: .quota, .none),
            Case("status:400", fails: .contextLength, .none),
            Case("status:401", fails: .quota, .none), Case("status:529", fails: .provider, .none),
            Case("html200", fails: .provider, .unknown), Case("reset", fails: .transport, .unknown),
        ])
    func protocols(_ mode: ProviderMode, _ test: Case) async throws {
        let request = ChatRequest(
            model: "some-model", messages: [.user("Tell me about the sea.")],
            maxOutputTokens: 100)
        guard let result = try await ask(request, mode.make, fault: test.fault) else { return }
        check(result, test)
    }

    @Test(
        "a stream that the wire cuts costs what had come, as an estimate",
        arguments: ProviderMode.streaming, ["truncate", "midstreamerror"])
    func cut(_ mode: ProviderMode, _ fault: String) async throws {
        let request = ChatRequest(
            model: "some-model", messages: [.user("Tell me about the sea.")], maxOutputTokens: 100)
        guard let result = try await ask(request, mode.make, fault: fault) else { return }
        let error = try #require(result.failure)
        #expect(error.failureClass == (fault == "truncate" ? .transport : .provider))
        guard case .known(let usage) = error.spend else {
            Issue.record("the spend is \(error.spend)")
            return
        }
        #expect(usage.isEstimate && usage.inputTokens >= 6)
        #expect((1...10).contains(usage.outputTokens))
    }

    typealias Make = @Sendable (_ address: String, _ http: HTTPClient) -> any ChatModel

    /// The providers beside plain chat completions.
    enum ProviderMode: String, CaseIterable, Sendable {
        case chatStream, responses, responsesStream, background, messages, messagesStream

        static let streaming: [ProviderMode] = [.chatStream, .responsesStream, .messagesStream]

        var make: Make {
            let delivery: ReplyDelivery = Self.streaming.contains(self) ? .stream : .whole
            return { address, http in
                switch self {
                case .chatStream:
                    OpenAIChatModel(
                        baseURL: address + "/v1", key: nil, delivery: delivery, http: http)
                case .responses, .responsesStream:
                    ResponsesModel(
                        baseURL: address + "/v1", key: nil, delivery: delivery, http: http)
                case .background:
                    BackgroundResponsesModel(
                        baseURL: address + "/v1", key: nil,
                        polling: PollingInterval(first: .milliseconds(5)), http: http)
                case .messages, .messagesStream:
                    AnthropicModel(baseURL: address, key: nil, delivery: delivery, http: http)
                }
            }
        }
    }

    /// Asks a stub of its own; nil when there is none to be started.
    private func ask(
        _ request: ChatRequest, _ make: Make, fault: String
    ) async throws -> Result<ChatReply, ModelError>? {
        let binary = Binary.path("model-stub")
        guard FileManager.default.isExecutableFile(atPath: binary) else {
            print("skipped: there is no model-stub beside the tests")
            return nil
        }
        let stub = try TestProcess(binary, ["--die-with-parent", "--fault", fault])
        defer { stub.terminate() }
        let line = try await stub.waitForLine(containing: "listening on ")
        let http = HTTPClient(loop: EventLoop(name: "models"))
        let model = make(String(line.split(separator: " ").last ?? ""), http)
        let result: Result<ChatReply, ModelError>
        do throws(ModelError) {
            result = .success(try await model.complete(request))
        } catch {
            result = .failure(error)
        }
        await http.shutdown()
        return result
    }

    private func check(_ result: Result<ChatReply, ModelError>, _ test: Case) {
        switch result {
        case .success(let reply):
            #expect(test.failureClass == nil)
            #expect(reply.usage.isEstimate == test.isEstimate)
            #expect(reply.usage.totalTokens > 0)
        case .failure(let error):
            #expect(error.failureClass == test.failureClass)
            #expect(error.spend == test.spend)
        }
    }
}
