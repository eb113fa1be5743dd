import JSON
import Testing

@Suite("Anthropic's Messages")
struct MessagesTests {
    private let stub: StubProcess

    init() throws { stub = try StubProcess() }

    private func ask(_ body: JSONValue, fault: String? = nil) throws -> RawReply {
        try stub.reply(
            "POST", "/v1/messages", headers: fault.map { ["x-stub-fault": $0] } ?? [:],
            body: body.serialized)
    }

    private static let hello: JSONValue = [
        "model": "claude", "max_tokens": 100,
        "messages": [["role": "user", "content": [["type": "text", "text": "Hello there"]]]],
    ]

    @Test("words are answered with words and counted, the cached ones apart")
    func words() throws {
        let json = try ask(Self.hello).json
        #expect(json["type"] == "message" && json["stop_reason"] == "end_turn")
        #expect(json["content"]?[0]?["text"] == "This is the stub's answer to: Hello there")
        #expect(json["usage"]?["input_tokens"] == 3 && json["usage"]?["output_tokens"] == 11)
        let long = String(repeating: "x", count: 8_192)
        let usage = try ask(Self.hello.with("system", .string(long))).json["usage"]
        #expect(usage?["cache_read_input_tokens"] == 1_024)
        #expect(usage?["input_tokens"] == 1_027)
    }

    @Test("a tool is called and its answer taken back")
    func tools() throws {
        let tool: JSONValue = [
            "name": "crm__list",
            "input_schema": ["properties": ["n": ["const": 2]], "required": ["n"]],
        ]
        let first = try ask(Self.hello.with("tools", [tool])).json
        #expect(first["stop_reason"] == "tool_use")
        #expect(first["content"]?[0]?["input"] == ["n": 2])
        let messages: JSONValue = [
            ["role": "user", "content": "List"],
            ["role": "assistant", "content": first["content"] ?? .null],
            [
                "role": "user",
                "content": [
                    [
                        "type": "tool_result",
                        "tool_use_id": first["content"]?[0]?["id"] ?? .null,
                        "content": #"{"items":[1,2]}"#,
                    ]
                ],
            ],
        ]
        let second = try ask(Self.hello.with("messages", messages).with("tools", [tool])).json
        #expect(second["content"]?[0]?["text"] == "Done: 1 tool result(s) with 2 item(s).")
    }

    @Test("JSON is given by a format or by a tool that must be called")
    func structured() throws {
        let schema: JSONValue = ["type": "object", "properties": ["a": ["const": 7]]]
        let format: JSONValue = ["format": ["type": "json_schema", "schema": schema]]
        let native = try ask(Self.hello.with("output_config", format)).json
        #expect(native["content"]?[0]?["text"] == #"{"a":7}"#)
        let tools: JSONValue = [
            ["name": "first", "input_schema": [:]], ["name": "reply", "input_schema": schema],
        ]
        let request = Self.hello.with("tools", tools)
            .with("tool_choice", ["type": "tool", "name": "reply"])
        let called = try ask(request).json["content"]?[0]
        #expect(called?["name"] == "reply" && called?["input"] == ["a": 7])
    }

    @Test("a stream has a placeholder first and the cumulative usage last")
    func stream() throws {
        let events = try ask(Self.hello.with("stream", true)).text.split(separator: "\n\n")
            .map { event in
                try JSONValue(
                    parsing: String(event.split(separator: "\n")[1].dropFirst("data: ".count)))
            }
        #expect(events.first?["message"]?["usage"]?["output_tokens"] == 1)
        #expect(events.dropLast().last?["usage"]?["output_tokens"] == 11)
        #expect(events.last?["type"] == "message_stop")
        #expect(
            events.compactMap { $0["delta"]?["text"]?.stringValue }.joined()
                == "This is the stub's answer to: Hello there")
    }

    @Test(
        "errors are in Anthropic's words",
        arguments: [
            ("429:1", 429, "rate_limit_error"), ("quota", 429, "rate_limit_error"),
            ("status:529", 529, "overloaded_error"), ("status:401", 401, "authentication_error"),
            ("status:500", 500, "api_error"), ("status:400", 400, "invalid_request_error"),
            ("nonsense", 400, "invalid_request_error"),
        ])
    func errors(fault: String, status: Int, type: String) throws {
        let reply = try ask(Self.hello, fault: fault)
        #expect(reply.status == status && reply.json["type"] == "error")
        #expect(reply.json["error"]?["type"]?.stringValue == type)
        #expect((reply.json["error"]?["details"] != nil) == (fault == "quota"))
    }

    @Test("max_tokens is required")
    func required() throws {
        let reply = try ask(["model": "claude", "messages": [["role": "user", "content": "x"]]])
        #expect(reply.status == 400)
        #expect(reply.json["error"]?["message"]?.stringValue?.contains("max_tokens") == true)
    }
}
