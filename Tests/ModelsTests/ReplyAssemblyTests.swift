import HTTP
import JSON
import Journal
import Testing

@testable import Models

@Suite("Streams put together")
struct ReplyAssemblyTests {
    private static let request = ChatRequest(model: "m", messages: [.user("12345678")])

    /// What a codec makes of a stream of these data.
    private func read(
        _ codec: some ProviderCodec, _ data: [String], ends: Bool = true
    ) -> (state: ReplyAssemblyState, reply: ChatReply?, hasContent: Bool) {
        var assembly = codec.assembly()
        for text in data where assembly.state == .open {
            assembly.take(ServerSentEvent(type: "message", data: text, id: nil, retry: nil))
        }
        if ends { assembly.end() }
        let answer = ProviderAnswer(
            provider: codec.provider, status: 200, headers: [:], size: 1, value: assembly.body,
            request: Self.request, now: .distantPast)
        return (assembly.state, try? codec.decode(answer).get(), assembly.hasContent)
    }

    struct ChatCase: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var data: [String]
        var text: String?
        var isEstimate = false
        var calls: [ToolCallRequest] = []
        var finish = FinishReason.stop
    }

    @Test(
        "chat completions, however the server streams them",
        arguments: [
            ChatCase(
                testDescription: "LiteLLM: an empty delta beside the usage",
                data: [
                    #"{"choices":[{"delta":{"content":"Hi"}}]}"#,
                    #"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#,
                    #"{"choices":[{"index":0,"delta":{}}],"usage":{"prompt_tokens":2,"completion_tokens":1,"total_tokens":3,"cost":0.1}}"#,
                    "[DONE]",
                ], text: "Hi"),
            ChatCase(
                testDescription: "vLLM: usage with every chunk, the last counts",
                data: [
                    #"{"choices":[{"delta":{"content":"Hi"}}],"usage":{"prompt_tokens":2,"completion_tokens":0}}"#,
                    #"{"choices":[{"delta":{"content":"!"},"finish_reason":"stop"}],"usage":{"prompt_tokens":2,"completion_tokens":1}}"#,
                    "[DONE]",
                ], text: "Hi!"),
            ChatCase(
                testDescription: "llama-cpp-python: no usage at all, no [DONE]",
                data: [
                    #"{"choices":[{"delta":{"role":"assistant"}}]}"#,
                    #"{"choices":[{"delta":{"content":"Hi"}}]}"#,
                    #"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#,
                ], text: "Hi", isEstimate: true),
            ChatCase(
                testDescription: "Azure: filter results before the first choice, padding",
                data: [
                    #"{"choices":[],"model":"","prompt_filter_results":[{"prompt_index":0}]}"#,
                    #"{"choices":[{"delta":{"content":"Hi"},"content_filter_results":{}}],"obfuscation":"xyz"}"#,
                    #"{"choices":[{"delta":{},"finish_reason":"content_filter"}]}"#,
                    #"{"choices":[],"usage":{"prompt_tokens":2,"completion_tokens":1}}"#, "[DONE]",
                ], text: "Hi", finish: .contentFilter),
            ChatCase(
                testDescription: "Ollama: whole tool calls without an index, finished by stop",
                data: [
                    #"{"choices":[{"delta":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}}]}}]}"#,
                    #"{"choices":[{"delta":{"tool_calls":[{"id":"b","function":{"name":"g","arguments":{"x":1}}}]},"finish_reason":"stop"}]}"#,
                    #"{"choices":[],"usage":{"prompt_tokens":2,"completion_tokens":1}}"#, "[DONE]",
                ], text: nil,
                calls: [
                    .init(id: "a", name: "f", arguments: "{}"),
                    .init(id: "b", name: "g", arguments: "{\"x\":1}"),
                ], finish: .toolCalls),
        ])
    func chat(_ test: ChatCase) throws {
        let (state, reply, _) = read(ChatCompletionsCodec(provider: "openai"), test.data)
        #expect(state == .finished)
        #expect(reply?.message.content == test.text)
        #expect(reply?.message.toolCalls == test.calls)
        #expect(reply?.finishReason == test.finish)
        #expect(reply?.usage.isEstimate == test.isEstimate)
        #expect(reply?.usage.totalTokens == 3)
    }

    @Test(
        "an error, nonsense or an early end is no reply",
        arguments: [
            ([#"{"error":{"code":"server_error","message":"x"}}"#], true),
            (["{nonsense"], true), ([#"{"choices":[{"delta":{"content":"H"}}]}"#], false),
            ([], false),
        ])
    func broken(data: [String], hasFailed: Bool) {
        let state = read(ChatCompletionsCodec(provider: "openai"), data).state
        if hasFailed {
            guard case .failed = state else {
                Issue.record("the state is \(state)")
                return
            }
        } else {
            #expect(state == .open)
        }
    }

    @Test("before the model says a word a cut stream has no content")
    func content() {
        let chat = ChatCompletionsCodec(provider: "openai")
        #expect(
            !read(chat, [#"{"choices":[{"delta":{"role":"assistant","content":""}}]}"#]).hasContent)
        #expect(read(chat, [#"{"choices":[{"delta":{"content":"H"}}]}"#]).hasContent)
        let responses = ResponsesCodec(provider: "openai")
        #expect(!read(responses, [#"{"type":"response.created","response":{}}"#]).hasContent)
        let messages = MessagesCodec(
            provider: "anthropic", structuredOutput: .native, defaultMaxTokens: 1)
        let start = #"{"type":"message_start","message":{"usage":{"input_tokens":5}}}"#
        let block =
            #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#
        #expect(!read(messages, [start, block]).hasContent)
    }

    @Test("Anthropic's placeholder is no figure, and a later one replaces an earlier")
    func cumulative() throws {
        let messages = MessagesCodec(
            provider: "anthropic", structuredOutput: .native, defaultMaxTokens: 1)
        let start =
            #"{"type":"message_start","message":{"model":"c","content":[],"usage":{"input_tokens":5,"cache_creation_input_tokens":3,"output_tokens":1}}}"#
        let words =
            #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"12345678"}}"#
        let cut = try #require(read(messages, [start, words], ends: false).reply)
        #expect(cut.usage.isEstimate)
        #expect(cut.usage.inputTokens == 8 && cut.usage.outputTokens == 2)
        let first = #"{"type":"message_delta","delta":{},"usage":{"output_tokens":7}}"#
        let last =
            #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9,"input_tokens":5}}"#
        let (state, reply, _) = read(messages, [start, words, first, last])
        #expect(state == .finished)
        #expect(reply?.usage.outputTokens == 9 && reply?.usage.isEstimate == false)
        #expect(reply?.usage.inputTokens == 8 && reply?.usage.cachedTokens == 0)
    }

    @Test("a Responses stream is over only with its final event")
    func responses() throws {
        let codec = ResponsesCodec(provider: "openai")
        let call =
            #"{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"c","name":"f","arguments":""}}"#
        let piece =
            #"{"type":"response.function_call_arguments.delta","output_index":0,"delta":"{\"a\":"}"#
        let open = read(codec, [call, piece])
        #expect(open.state == .open && open.hasContent)
        #expect(open.reply?.message.toolCalls.first?.arguments == "{\"a\":")
        #expect(open.reply?.usage.isEstimate == true)
        let failed =
            #"{"type":"response.failed","response":{"status":"failed","error":{"code":"rate_limit_exceeded","message":"x"}}}"#
        guard case .failed(let body?) = read(codec, [failed]).state else {
            Issue.record("not failed")
            return
        }
        #expect(body["error"]?["code"] == "rate_limit_exceeded")
    }
}
