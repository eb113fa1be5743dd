import JSON
import Journal
import Testing

@testable import Models

@Suite("Chat completions: the reply")
struct ChatCompletionsReplyTests {
    private let codec = ChatCompletionsCodec(provider: "openai")
    private let request = ChatRequest(model: "gpt-4o", messages: [.user("12345678")])

    private func decode(_ body: String, status: Int = 200) -> Result<ChatReply, ModelError> {
        codec.decode(
            status: status, headers: ["x-request-id": "req_1"], body: Array(body.utf8),
            for: request)
    }

    private func message(_ message: String, finish: String = "\"stop\"") -> String {
        """
        {"model":"gpt-4o-2024-08-06","service_tier":"default","choices":[{"index":0,
        "message":\(message),"finish_reason":\(finish)}],
        "usage":{"prompt_tokens":10,"completion_tokens":3,"total_tokens":13}}
        """
    }

    @Test("an ordinary reply is read whole")
    func ordinary() throws {
        let body = message("{\"role\":\"assistant\",\"content\":\"Hi\",\"refusal\":null}")
        let reply = try decode(body).get()
        #expect(reply.message == .assistant("Hi"))
        #expect(reply.finishReason == .stop)
        #expect(reply.model == "gpt-4o-2024-08-06")
        #expect(reply.provider == "openai")
        #expect(reply.usage.totalTokens == 13 && !reply.usage.isEstimate)
        #expect(reply.responseBytes == body.utf8.count)
        #expect(reply.requestID == "req_1" && reply.usage.serviceTier == "default")
        #expect(reply.policyFailure == nil && reply.truncationFailure == nil)
    }

    struct CallCase: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var message: String
        var calls: [ToolCallRequest]
    }

    @Test(
        "tool calls are read however the server writes them",
        arguments: [
            CallCase(
                testDescription: "OpenAI",
                message:
                    #"{"content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}"#,
                calls: [.init(id: "c1", name: "f", arguments: "{\"a\":1}")]),
            CallCase(
                testDescription: "Ollama: no ids, arguments as an object",
                message:
                    #"{"content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}},{"function":{"name":"g","arguments":null}}]}"#,
                calls: [
                    .init(id: "call_0", name: "f", arguments: "{\"a\":1}"),
                    .init(id: "call_1", name: "g", arguments: "{}"),
                ]),
            CallCase(
                testDescription: "the same id twice",
                message:
                    #"{"tool_calls":[{"id":"c","function":{"name":"f","arguments":"x"}},{"id":"c","function":{"name":"f","arguments":""}}]}"#,
                calls: [
                    .init(id: "c", name: "f", arguments: "x"),
                    .init(id: "c_1", name: "f", arguments: "{}"),
                ]),
            CallCase(
                testDescription: "a custom tool",
                message:
                    #"{"tool_calls":[{"id":"c","type":"custom","custom":{"name":"f","input":"SELECT"}}]}"#,
                calls: [.init(id: "c", name: "f", arguments: "SELECT")]),
            CallCase(
                testDescription: "the legacy form",
                message: #"{"content":null,"function_call":{"name":"f","arguments":"{}"}}"#,
                calls: [.init(id: "call_0", name: "f", arguments: "{}")]),
        ])
    func calls(_ test: CallCase) throws {
        let reply = try decode(message(test.message)).get()
        #expect(reply.message.toolCalls == test.calls)
        // Ollama finishes with "stop" although it calls tools.
        #expect(reply.finishReason == .toolCalls)
    }

    @Test(
        "finish reasons",
        arguments: [
            ("\"stop\"", FinishReason.stop), ("\"length\"", .length),
            ("\"content_filter\"", .contentFilter), ("\"tool_calls\"", .stop),
            ("null", .other("")), ("\"eos\"", .other("eos")),
        ])
    func finish(text: String, reason: FinishReason) throws {
        #expect(
            try decode(message("{\"content\":\"x\"}", finish: text)).get().finishReason == reason)
    }

    @Test("refused, filtered and cut replies say so and keep their usage")
    func unwelcome() throws {
        let refused = try decode(message("{\"content\":null,\"refusal\":\"I cannot\"}")).get()
        #expect(refused.message.refusal == "I cannot")
        #expect(refused.policyFailure?.code == "MODEL_REFUSED")
        #expect(refused.policyFailure?.failureClass == .contentPolicy)
        #expect(refused.usage.totalTokens == 13)
        let filtered = try decode(message("{\"content\":\"\"}", finish: "\"content_filter\"")).get()
        #expect(filtered.policyFailure?.code == "CONTENT_FILTERED")
        let cut = try decode(message("{\"content\":\"{\"}", finish: "\"length\"")).get()
        #expect(cut.policyFailure == nil)
        #expect(cut.truncationFailure?.failureClass == .contextLength)
    }

    @Test("content in parts is joined, a missing model falls back to the one asked for")
    func parts() throws {
        let reply = try decode(
            #"{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}}]}"#
        ).get()
        #expect(reply.message.content == "ab")
        #expect(reply.model == "gpt-4o")
        #expect(reply.usage.isEstimate)
        #expect(reply.usage.inputTokens == 2 && reply.usage.outputTokens == 1)
    }

    @Test("single bad characters do not cost a reply that is paid for")
    func repairable() throws {
        let control = message("{\"content\":\"a\u{1}b\"}")
        #expect(try decode(control).get().message.content == "a b")
        var bytes = Array(message("{\"content\":\"a?b\"}").utf8)
        let place = try #require(bytes.firstIndex(of: UInt8(ascii: "?")))
        bytes[place] = 0xff
        let reply = try codec.decode(status: 200, headers: [:], body: bytes, for: request).get()
        #expect(reply.message.content == "a\u{fffd}b")
        #expect(!reply.usage.isEstimate)
    }

    static let usage = #""usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}"#

    @Test(
        "an unusable 200 is the provider's fault, and its usage is kept when it can be read",
        arguments: [
            ("", false), ("<html>ok</html>", false), ("{\"choices\":[{\"mess", false),
            ("[]", false), ("{}", false), ("{\"choices\":[],\(usage)}", true),
            ("{\"choices\":[{\"message\":null}],\(usage)}", true),
            ("{\"choices\":[{\"message\":{\"tool_calls\":[{\"id\":\"x\"}]}}],\(usage)}", true),
            (String(repeating: "[", count: 200_000), false),
        ])
    func unusable(body: String, usageIsKnown: Bool) throws {
        let error = try #require(decode(body).failure)
        #expect(error.failureClass == .provider)
        #expect(!error.isPermanent)
        if usageIsKnown {
            let usage = CallUsage(
                inputTokens: 9, outputTokens: 4,
                raw: try JSONValue(parsing: "{\(Self.usage)}")["usage"])
            #expect(error.spend == .known(usage))
        } else {
            #expect(error.spend == .unknown)
        }
    }

    @Test("an error object inside a 200 is classified by its code")
    func errorInside() throws {
        let error = try #require(
            decode(#"{"error":{"code":"insufficient_quota","message":"m"}}"#).failure)
        #expect(error.failureClass == .quota)
        #expect(error.spend == .unknown)
    }
}

extension Result {
    var failure: Failure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}
