import EventLoop
import Foundation
import HTTP
import Journal
import TestSupport
import Testing

@testable import Models

/// Against the package's own `model-stub`, when it is built beside the tests.
@Suite("OpenAI's protocol against model-stub")
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
        let binary = Binary.path("model-stub")
        guard FileManager.default.isExecutableFile(atPath: binary) else {
            print("skipped: there is no model-stub beside the tests")
            return
        }
        let stub = try TestProcess(binary, ["--die-with-parent", "--fault", test.fault])
        defer { stub.terminate() }
        let line = try await stub.waitForLine(containing: "listening on ")
        let address = String(line.split(separator: " ").last ?? "")
        let http = HTTPClient(loop: EventLoop(name: "models"))
        let model = OpenAIChatModel(baseURL: address + "/v1", key: nil, http: http)
        let hangs = test.fault.hasPrefix("hang")
        let request = ChatRequest(
            model: "gpt-4o", messages: [.user("Tell me about the sea.")],
            timeout: hangs ? .milliseconds(300) : .seconds(20))
        do {
            let reply = try await model.complete(request)
            #expect(test.failureClass == nil)
            #expect(reply.usage.isEstimate == test.isEstimate)
            #expect(reply.usage.totalTokens > 0)
        } catch {
            #expect(error.failureClass == test.failureClass)
            #expect(error.spend == test.spend)
        }
        await http.shutdown()
    }
}
