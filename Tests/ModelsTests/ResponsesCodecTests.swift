import JSON
import Journal
import Testing

@testable import Models

@Suite("The Responses API: request and reply")
struct ResponsesCodecTests {
    private let codec = ResponsesCodec(provider: "openai")

    private func decode(_ body: String) -> Result<ChatReply, ModelError> {
        codec.decode(
            ProviderAnswer(
                provider: "openai", status: 200, headers: [:], body: Array(body.utf8),
                request: ChatRequest(model: "m", messages: [.user("12345678")])))
    }

    @Test("a whole conversation as items")
    func conversation() {
        let request = ChatRequest(
            model: "m",
            messages: [
                .system("Be brief."), .user("List."),
                .assistant(nil, toolCalls: [.init(id: "c1", name: "list", arguments: "{}")]),
                .tool(id: "c1", content: "[1]"),
                ChatMessage(role: .assistant, content: nil, refusal: "No."),
            ],
            tools: [ToolDefinition(name: "list", description: "Lists.", parameters: ["a": 1])],
            temperature: 0.5, maxOutputTokens: 50,
            responseFormat: .jsonSchema(name: "x", schema: ["type": "object"], strict: true),
            parallelToolCalls: false)
        let expected: JSONValue = [
            "model": "m", "temperature": 0.5, "max_output_tokens": 50, "store": false,
            "input": [
                ["role": "system", "content": "Be brief."], ["role": "user", "content": "List."],
                ["type": "function_call", "call_id": "c1", "name": "list", "arguments": "{}"],
                ["type": "function_call_output", "call_id": "c1", "output": "[1]"],
                ["role": "assistant", "content": "No."],
            ],
            "tools": [
                [
                    "type": "function", "name": "list", "description": "Lists.",
                    "parameters": ["a": 1], "strict": false,
                ]
            ],
            "parallel_tool_calls": false,
            "text": [
                "format": [
                    "type": "json_schema", "name": "x", "strict": true,
                    "schema": ["type": "object"],
                ]
            ],
        ]
        #expect(codec.encode(request, delivery: .whole) == expected)
        #expect(codec.encode(request, delivery: .stream)["stream"] == true)
    }

    @Test("in the background nothing is said about storing")
    func background() {
        let body = ResponsesCodec(provider: "openai", isBackground: true).encode(
            ChatRequest(model: "m", messages: []), delivery: .whole)
        #expect(body["background"] == true && body["store"] == nil)
    }

    @Test(
        "ends that are replies",
        arguments: [
            (#""status":"completed""#, FinishReason.stop),
            (
                #""status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}"#,
                .length
            ),
            (
                #""status":"incomplete","incomplete_details":{"reason":"content_filter"}"#,
                .contentFilter
            ),
            (#""status":"incomplete""#, .other("incomplete")), (#""id":"no status""#, .stop),
        ])
    func ends(members: String, reason: FinishReason) throws {
        let reply = try decode(
            #"{\#(members),"output":[{"type":"reasoning"},{"type":"message","content":[{"type":"output_text","text":"a"},{"type":"output_text","text":"b"}]}]}"#
        ).get()
        #expect(reply.message == .assistant("ab"))
        #expect(reply.finishReason == reason)
        #expect(reply.usage.isEstimate && reply.usage.inputTokens == 2)
    }

    @Test(
        "ends that are none",
        arguments: [
            (
                #"{"status":"failed","error":{"code":"server_error","message":"x"},"usage":{"input_tokens":3,"output_tokens":1,"total_tokens":4}}"#,
                FailureClass.provider, false, 4
            ),
            (
                #"{"status":"failed","error":{"code":"rate_limit_exceeded","message":"x"}}"#,
                .rateLimited, false, 0
            ),
            (
                #"{"status":"failed","error":{"code":"invalid_prompt","message":"x"}}"#,
                .contentPolicy, true, 0
            ),
            (#"{"status":"cancelled","output":[]}"#, .provider, false, 0),
            (#"{"status":"queued","output":[]}"#, .provider, false, 0),
            (
                #"{"status":"completed","output":[{"type":"function_call","call_id":"c"}]}"#,
                .provider, false, 0
            ),
            ("nonsense", .provider, false, 0),
        ])
    func failures(body: String, failureClass: FailureClass, isPermanent: Bool, tokens: Int) throws {
        let error = try #require(decode(body).failure)
        #expect(error.failureClass == failureClass)
        #expect(error.isPermanent == isPermanent)
        if case .known(let usage) = error.spend {
            #expect(usage.totalTokens == tokens)
        } else {
            #expect(error.spend == .unknown && tokens == 0)
        }
    }
}
