import JSON
import Journal
import Testing

@testable import Models

@Suite("Anthropic's Messages: request and reply")
struct MessagesCodecTests {
    private func codec(
        _ output: AnthropicModel.StructuredOutput = .native
    ) -> MessagesCodec {
        MessagesCodec(provider: "anthropic", structuredOutput: output, defaultMaxTokens: 4096)
    }

    private func decode(
        _ body: String, _ request: ChatRequest = ChatRequest(model: "claude", messages: []),
        _ output: AnthropicModel.StructuredOutput = .native
    ) -> Result<ChatReply, ModelError> {
        codec(output).decode(
            ProviderAnswer(
                provider: "anthropic", status: 200, headers: ["request-id": "req_1"],
                body: Array(body.utf8), request: request))
    }

    @Test("a whole conversation in turns")
    func conversation() {
        let request = ChatRequest(
            model: "claude",
            messages: [
                .system("Be brief."), .user("List."), .user("Please."),
                .assistant(
                    "Sure.",
                    toolCalls: [
                        .init(id: "c1", name: "list", arguments: "{\"n\":2}"),
                        .init(id: "c2", name: "count", arguments: "not JSON"),
                    ]),
                .tool(id: "c1", content: "[1,2]"), .tool(id: "c2", content: ""),
                .user("And now?"),
            ],
            tools: [
                ToolDefinition(name: "list", description: "Lists.", parameters: ["type": "object"])
            ],
            temperature: 1.5, maxOutputTokens: 50, parallelToolCalls: false)
        let expected: JSONValue = [
            "model": "claude", "max_tokens": 50, "system": "Be brief.", "temperature": 1,
            "messages": [
                [
                    "role": "user",
                    "content": [
                        ["type": "text", "text": "List."], ["type": "text", "text": "Please."],
                    ],
                ],
                [
                    "role": "assistant",
                    "content": [
                        ["type": "text", "text": "Sure."],
                        ["type": "tool_use", "id": "c1", "name": "list", "input": ["n": 2]],
                        [
                            "type": "tool_use", "id": "c2", "name": "count",
                            "input": ["arguments": "not JSON"],
                        ],
                    ],
                ],
                [
                    "role": "user",
                    "content": [
                        ["type": "tool_result", "tool_use_id": "c1", "content": "[1,2]"],
                        ["type": "tool_result", "tool_use_id": "c2", "content": ""],
                        ["type": "text", "text": "And now?"],
                    ],
                ],
            ],
            "tools": [
                ["name": "list", "description": "Lists.", "input_schema": ["type": "object"]]
            ],
            "tool_choice": ["type": "auto", "disable_parallel_tool_use": true],
        ]
        #expect(codec().encode(request, delivery: .whole) == expected)
        #expect(codec().encode(request, delivery: .stream)["stream"] == true)
    }

    @Test("only what must be sent is sent, a limit among it")
    func least() {
        let body = codec().encode(
            ChatRequest(model: "claude", messages: [.user("Hi")]), delivery: .whole)
        #expect(body.objectValue?.keys == ["model", "max_tokens", "messages"])
        #expect(body["max_tokens"] == 4096)
    }

    @Test("a schema goes by the provider's own format, or by a tool that writes the reply")
    func structured() throws {
        let schema: JSONValue = ["type": "object"]
        let request = ChatRequest(
            model: "claude", messages: [.user("Hi")],
            responseFormat: .jsonSchema(name: "agent", schema: schema, strict: true))
        let native = codec().encode(request, delivery: .whole)
        #expect(native["output_config"] == ["format": ["type": "json_schema", "schema": schema]])
        #expect(native["tools"] == nil)
        let tool = codec(.tool).encode(request, delivery: .whole)
        #expect(tool["tool_choice"] == ["type": "tool", "name": "agent"])
        #expect(tool["tools"]?[0]?["input_schema"] == schema)
        #expect(tool["output_config"] == nil)
        var withTools = request
        withTools.tools = [ToolDefinition(name: "f", description: "", parameters: schema)]
        let both = codec(.tool).encode(withTools, delivery: .whole)
        #expect(both["tool_choice"] == ["type": "any"])

        let body =
            #"{"content":[{"type":"tool_use","id":"c","name":"agent","input":{"a":1}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}"#
        let reply = try decode(body, request, .tool).get()
        #expect(reply.message == .assistant("{\"a\":1}"))
        #expect(reply.finishReason == .stop)
        #expect(try decode(body, request, .native).get().finishReason == .toolCalls)
    }

    @Test("any JSON object is asked for in words")
    func jsonObject() {
        let request = ChatRequest(
            model: "claude", messages: [.system("A."), .user("Hi")], responseFormat: .jsonObject)
        #expect(
            codec().encode(request, delivery: .whole)["system"]
                == "A.\n\nAnswer with one JSON object and nothing else.")
    }

    @Test(
        "stop reasons",
        arguments: [
            ("\"end_turn\"", FinishReason.stop), ("\"stop_sequence\"", .stop),
            ("\"max_tokens\"", .length), ("\"model_context_window_exceeded\"", .length),
            ("\"pause_turn\"", .other("pause_turn")), ("\"refusal\"", .stop),
            ("null", .other("")),
        ])
    func stop(text: String, reason: FinishReason) throws {
        let reply = try decode(
            #"{"content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"x"}],"stop_reason":\#(text)}"#
        ).get()
        #expect(reply.finishReason == reason)
        #expect(reply.requestID == "req_1")
        #expect((reply.policyFailure != nil) == (text == "\"refusal\""))
    }

    @Test("what was cached is a part of the input, read and written")
    func usage() throws {
        let usage = try decode(
            #"{"content":[],"stop_reason":"end_turn","usage":{"input_tokens":5,"cache_read_input_tokens":128955,"cache_creation_input_tokens":1253,"cache_creation":{"ephemeral_5m_input_tokens":1253},"output_tokens":500,"output_tokens_details":{"thinking_tokens":120},"service_tier":"standard"}}"#
        ).get().usage
        #expect(usage.inputTokens == 130_213 && usage.cachedTokens == 128_955)
        #expect(usage.outputTokens == 500 && usage.reasoningTokens == 120)
        #expect(usage.totalTokens == 130_713 && !usage.isEstimate)
        #expect(usage.cacheWriteTokens == 1253 && usage.cacheWrite1hTokens == 0)
        #expect(usage.serviceTier == "standard")
        #expect(usage.raw?["cache_creation_input_tokens"] == 1253)
    }

    @Test(
        "what is no reply is an error",
        arguments: [
            ("{}", FailureClass.provider), ("[]", .provider), ("nonsense", .provider),
            (#"{"content":[{"type":"tool_use","id":"c"}]}"#, .provider),
            (
                #"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#, .provider
            ),
            (
                #"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API"}}"#,
                .quota
            ),
        ])
    func broken(body: String, failureClass: FailureClass) throws {
        let error = try #require(decode(body).failure)
        #expect(error.failureClass == failureClass)
        #expect(error.spend == .unknown)
    }
}
