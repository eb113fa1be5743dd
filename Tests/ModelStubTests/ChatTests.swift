import JSON
import Testing

@Suite("Chat completions without a script")
struct ChatTests {
    private let stub: StubProcess

    init() throws { stub = try StubProcess() }

    @Test("words are answered with words and counted at four characters a token")
    func words() throws {
        let reply = try stub.chat(.chat("Hello there"))
        #expect(reply.status == 200)
        #expect(reply.content == "This is the stub's answer to: Hello there")
        #expect(reply.json["model"] == "gpt-4o")
        #expect(reply.json["object"] == "chat.completion")
        #expect(reply.json["choices"]?[0]?["finish_reason"] == "stop")
        let usage = reply.json["usage"]
        #expect(usage?["prompt_tokens"] == 3)
        #expect(usage?["completion_tokens"] == 11)
        #expect(usage?["total_tokens"] == 14)
        #expect(usage?["prompt_tokens_details"]?["cached_tokens"] == 0)
        #expect(usage?["completion_tokens_details"]?["reasoning_tokens"] == 0)
    }

    @Test("long prompts are half cached, and models named o4 think")
    func details() throws {
        let text = String(repeating: "x", count: 8_192)
        let usage = try stub.chat(.chat(text, model: "o4-mini")).json["usage"]
        #expect(usage?["prompt_tokens"] == 2_048)
        #expect(usage?["prompt_tokens_details"]?["cached_tokens"] == 1_024)
        #expect(usage?["completion_tokens_details"]?["reasoning_tokens"] == 64)
    }

    @Test("the first tool offered is called once, then the results are counted")
    func tools() throws {
        let first = try stub.chat(Self.withTools)
        let call = first.message?["tool_calls"]?[0]
        #expect(first.json["choices"]?[0]?["finish_reason"] == "tool_calls")
        #expect(first.message?["content"] == JSONValue.null)
        #expect(call?["type"] == "function")
        #expect(call?["function"]?["name"] == "crm__list")
        #expect(call?["function"]?["arguments"] == #"{"status":"open","count":2}"#)

        let messages: JSONValue = [
            ["role": "user", "content": "List"], first.message ?? .null,
            [
                "role": "tool", "tool_call_id": call?["id"] ?? .null,
                "content": #"{"items":[1,2,3]}"#,
            ],
        ]
        let second = try stub.chat(Self.withTools.with("messages", messages))
        #expect(second.content == "Done: 1 tool result(s) with 3 item(s).")
        #expect(second.json["choices"]?[0]?["finish_reason"] == "stop")
    }

    @Test("tool_choice names another tool or none")
    func toolChoice() throws {
        let named: JSONValue = ["type": "function", "function": ["name": "crm__close"]]
        let call = try stub.chat(Self.withTools.with("tool_choice", named)).message
        #expect(call?["tool_calls"]?[0]?["function"]?["name"] == "crm__close")
        let none = try stub.chat(Self.withTools.with("tool_choice", "none")).message
        #expect(none?["tool_calls"] == nil)
    }

    @Test("a request for an agent gets one made from the prompt")
    func agent() throws {
        let properties: JSONValue = [
            "name": ["type": "string", "maxLength": 12], "purpose": ["type": "string"],
            "personality": ["type": "string"], "principles": ["type": "string"],
            "model": ["enum": ["gpt-4.1-nano", "gpt-4o"]],
        ]
        let format: JSONValue = [
            "type": "json_schema",
            "json_schema": [
                "name": "agent",
                "schema": [
                    "type": "object", "properties": properties, "required": ["name", "model"],
                    "additionalProperties": false,
                ],
            ],
        ]
        let request = JSONValue.chat("# Post a daily market note").with("response_format", format)
        let agent = try JSONValue(parsing: stub.chat(request).content ?? "")
        #expect(agent["name"] == "Post Daily M")
        #expect(agent["model"] == "gpt-4.1-nano")
        #expect(
            agent["purpose"]
                == "Works on this request for its owner: Post a daily market note")
        #expect(agent["personality"]?.stringValue?.isEmpty == false)
        #expect(agent.objectValue?.count == 5)
    }

    @Test("json_object without a schema is answered with an object")
    func jsonObject() throws {
        let request = JSONValue.chat("Hi").with("response_format", ["type": "json_object"])
        let content = try JSONValue(parsing: stub.chat(request).content ?? "")
        #expect(content["result"] == "This is the stub's answer to: Hi")
    }

    @Test(
        "a request that is not one gets the provider's error",
        arguments: [
            ("{", "invalid_request_error"), (#"{"messages":[1]}"#, "missing_required_parameter"),
            (#"{"model":"m","messages":[]}"#, "missing_required_parameter"),
        ])
    func refused(body: String, code: String) throws {
        let reply = try stub.reply("POST", "/v1/chat/completions", body: body)
        #expect(reply.status == 400)
        #expect(reply.text.contains(code))
    }

    @Test("models are listed, and unknown paths are not found")
    func otherPaths() throws {
        #expect(try stub.reply("GET", "/v1/models").json["data"]?[0]?["id"] == "gpt-4o")
        #expect(try stub.reply("POST", "/v1/embeddings").status == 404)
        #expect(try stub.reply("GET", "/").status == 404)
    }

    private static let withTools = JSONValue.chat("List").with(
        "tools",
        [
            [
                "type": "function",
                "function": [
                    "name": "crm__list",
                    "parameters": [
                        "type": "object", "required": ["status", "count"],
                        "properties": [
                            "status": ["type": "string", "enum": ["open", "closed"]],
                            "count": ["type": "integer", "minimum": 2],
                        ],
                    ],
                ],
            ],
            ["type": "function", "function": ["name": "crm__close"]],
        ])
}
