import JSON
import Testing

@Suite("The Responses API")
struct ResponsesTests {
    private let stub: StubProcess

    init() throws { stub = try StubProcess() }

    private func ask(_ body: JSONValue, fault: String? = nil) throws -> RawReply {
        try stub.reply(
            "POST", "/v1/responses", headers: fault.map { ["x-stub-fault": $0] } ?? [:],
            body: body.serialized)
    }

    private static let hello: JSONValue = ["model": "gpt-4o", "input": "Hello there"]

    @Test("words are answered with words and counted")
    func words() throws {
        let json = try ask(Self.hello).json
        #expect(json["status"] == "completed" && json["object"] == "response")
        #expect(
            json["output"]?[0]?["content"]?[0]?["text"]
                == "This is the stub's answer to: Hello there")
        #expect(json["usage"]?["input_tokens"] == 3 && json["usage"]?["output_tokens"] == 11)
        #expect(json["usage"]?["total_tokens"] == 14)
    }

    @Test("a tool is called and its answer taken back")
    func tools() throws {
        let tool: JSONValue = [
            "type": "function", "name": "crm__list",
            "parameters": ["properties": ["n": ["const": 2]], "required": ["n"]],
        ]
        let first = try ask(Self.hello.with("tools", [tool])).json["output"]?[0]
        #expect(first?["type"] == "function_call" && first?["name"] == "crm__list")
        #expect(first?["arguments"] == #"{"n":2}"#)
        let input: JSONValue = [
            ["role": "user", "content": "List"], first ?? .null,
            [
                "type": "function_call_output", "call_id": first?["call_id"] ?? .null,
                "output": #"{"items":[1,2,3]}"#,
            ],
        ]
        let second = try ask(Self.hello.with("input", input).with("tools", [tool])).json
        #expect(
            second["output"]?[0]?["content"]?[0]?["text"]
                == "Done: 1 tool result(s) with 3 item(s).")
    }

    @Test("text.format asks for JSON that fits")
    func format() throws {
        let format: JSONValue = [
            "type": "json_schema", "name": "x",
            "schema": ["type": "object", "properties": ["a": ["const": 7]]],
        ]
        let json = try ask(Self.hello.with("text", ["format": format])).json
        #expect(json["output"]?[0]?["content"]?[0]?["text"] == #"{"a":7}"#)
    }

    @Test("a stream ends with the whole response")
    func stream() throws {
        let reply = try ask(Self.hello.with("stream", true))
        let events = try reply.text.split(separator: "\n\n").map { event in
            try JSONValue(
                parsing: String(event.split(separator: "\n")[1].dropFirst("data: ".count)))
        }
        #expect(events.first?["type"] == "response.created")
        #expect(events.last?["type"] == "response.completed")
        #expect(events.last?["response"]?["usage"]?["total_tokens"] == 14)
        #expect(
            events.compactMap { $0["delta"]?.stringValue }.joined()
                == "This is the stub's answer to: Hello there")
        #expect(events.enumerated().allSatisfy { $1["sequence_number"] == JSONValue($0) })
    }

    @Test(
        "faults of the content end a response in its own words",
        arguments: [
            ("length", "incomplete"), ("contentfilter", "incomplete"), ("refusal", "completed"),
            ("midstreamerror", "failed"),
        ])
    func faults(fault: String, status: String) throws {
        #expect(try ask(Self.hello, fault: fault).json["status"]?.stringValue == status)
    }

    @Test("in the background a response is submitted, worked on, and there after its latency")
    func background() throws {
        try script(latency: 60_000)
        let submitted = try ask(Self.hello.with("background", true)).json
        #expect(submitted["status"] == "queued")
        let path = "/v1/responses/\(submitted["id"]?.stringValue ?? "")"
        #expect(try stub.reply("GET", path).json["status"] == "in_progress")
        #expect(try stub.reply("POST", path + "/cancel").json["status"] == "cancelled")
        #expect(try stub.reply("GET", path).json["status"] == "cancelled")
        try script(latency: 0)
        let quick = try ask(Self.hello.with("background", true)).json
        let done = try stub.reply("GET", "/v1/responses/\(quick["id"]?.stringValue ?? "")").json
        #expect(done["status"] == "completed" && done["usage"]?["total_tokens"] == 14)
        #expect(try stub.reply("GET", "/v1/responses/resp_unknown").status == 404)
    }

    private func script(latency: Int) throws {
        let script: JSONValue = [
            "replies": [
                ["match": ["path": "/v1/responses"], "latency_ms": .init(latency)]
            ]
        ]
        _ = try stub.reply("POST", "/stub/script", body: script.serialized)
    }

    @Test("a request without input is refused")
    func refused() throws {
        let reply = try ask(["model": "gpt-4o"])
        #expect(reply.status == 400 && reply.json["error"]?["param"] == "input")
    }
}
