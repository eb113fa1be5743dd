import JSON
import Testing

@testable import Models

@Suite("Chat completions: the request")
struct ChatCompletionsRequestTests {
    private let codec = ChatCompletionsCodec(provider: "openai")

    @Test("a plain request sends only what differs from the defaults")
    func plain() throws {
        let request = ChatRequest(
            model: "gpt-4o", messages: [.system("Be brief."), .user("Hello")])
        let expected = try JSONValue(
            parsing: """
                {"model":"gpt-4o","messages":[{"role":"system","content":"Be brief."},
                {"role":"user","content":"Hello"}]}
                """)
        #expect(codec.encode(request) == expected)
    }

    @Test("a whole tool conversation keeps its ids and argument texts")
    func tools() throws {
        let call = ToolCallRequest(id: "call_1", name: "mail__send", arguments: "{\"to\": \"a\"}")
        var request = ChatRequest(
            model: "gpt-4o",
            messages: [
                .user("Send it"), .assistant(nil, toolCalls: [call]),
                .tool(id: "call_1", content: "{\"success\":true}"),
            ],
            tools: [
                ToolDefinition(
                    name: "mail__send", description: "Sends", parameters: ["type": "object"])
            ], temperature: 0.1, maxOutputTokens: 500, parallelToolCalls: false)
        request.responseFormat = .jsonObject
        let expected = try JSONValue(
            parsing: #"""
                {"model":"gpt-4o","messages":[{"role":"user","content":"Send it"},
                {"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function",
                "function":{"name":"mail__send","arguments":"{\"to\": \"a\"}"}}]},
                {"role":"tool","content":"{\"success\":true}","tool_call_id":"call_1"}],
                "temperature":0.1,"max_completion_tokens":500,
                "tools":[{"type":"function","function":{"name":"mail__send","description":"Sends",
                "parameters":{"type":"object"}}}],"parallel_tool_calls":false,
                "response_format":{"type":"json_object"}}
                """#)
        #expect(codec.encode(request) == expected)
    }

    @Test("a schema becomes a json_schema response format")
    func schema() throws {
        let request = ChatRequest(
            model: "m", messages: [],
            responseFormat: .jsonSchema(name: "agent", schema: ["type": "object"], strict: true))
        #expect(
            codec.encode(request)["response_format"] == [
                "type": "json_schema",
                "json_schema": [
                    "name": "agent", "strict": true, "schema": ["type": "object"],
                ],
            ])
    }

    @Test(
        "the output limit goes by the name the server knows",
        arguments: [
            ("api.openai.com", "max_completion_tokens"),
            ("acme.openai.azure.com", "max_completion_tokens"),
            ("openai.com.example.org", "max_tokens"), ("localhost", "max_tokens"),
            ("notopenai.com", "max_tokens"),
        ])
    func outputLimit(host: String, name: String) {
        let codec = ChatCompletionsCodec(provider: "x", outputLimit: .preferred(forHost: host))
        let body = codec.encode(ChatRequest(model: "m", messages: [], maxOutputTokens: 7))
        #expect(body[name] == 7)
        #expect(body.objectValue?.count == 3)
    }

    @Test("tokens are estimated as characters / 4, rounded up, over all that is sent")
    func estimate() {
        #expect(ChatRequest(model: "m", messages: []).estimatedInputTokens == 0)
        #expect(ChatRequest(model: "m", messages: [.user("12345")]).estimatedInputTokens == 2)
        let tool = ToolDefinition(name: "1234", description: "1234", parameters: ["a": 1])
        let request = ChatRequest(model: "m", messages: [.user("1234")], tools: [tool])
        #expect(request.estimatedInputTokens == 5)
    }
}
