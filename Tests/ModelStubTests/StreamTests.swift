import JSON
import Testing

@Suite("Streams")
struct StreamTests {
    private let stub: StubProcess

    init() throws { stub = try StubProcess() }

    private func events(_ request: JSONValue, fault: String? = nil) throws -> [String] {
        let reply = try stub.chat(request.with("stream", true), fault: fault)
        #expect(reply.headers["content-type"] == "text/event-stream")
        #expect(reply.chunks.last?.isEmpty == true)
        return reply.events
    }

    private func parsed(_ events: [String]) throws -> [JSONValue] {
        try events.filter { $0 != "[DONE]" }.map { try JSONValue(parsing: $0) }
    }

    @Test("the pieces make up the content, and [DONE] is the last event")
    func content() throws {
        let events = try events(.chat("Hello"))
        #expect(events.last == "[DONE]")
        let chunks = try parsed(events)
        let pieces = chunks.compactMap { $0["choices"]?[0]?["delta"]?["content"]?.stringValue }
        #expect(pieces.count > 3)
        #expect(pieces.joined() == "This is the stub's answer to: Hello")
        #expect(chunks.first?["choices"]?[0]?["delta"]?["role"] == "assistant")
        #expect(chunks.last?["choices"]?[0]?["finish_reason"] == "stop")
        #expect(chunks.allSatisfy { $0["usage"] == nil })
    }

    @Test("usage comes last and alone when it is asked for")
    func usage() throws {
        let request = JSONValue.chat("Hello").with("stream_options", ["include_usage": true])
        let chunks = try parsed(try events(request))
        #expect(chunks.last?["choices"] == [])
        #expect(chunks.last?["usage"]?["prompt_tokens"] == 2)
        #expect(chunks.dropLast().allSatisfy { $0["usage"] == JSONValue.null })
        let without = try parsed(try events(request, fault: "nousage"))
        #expect(without.last?["choices"]?[0]?["finish_reason"] == "stop")
    }

    @Test("a tool call has its name in the first piece and its arguments in the rest")
    func toolCall() throws {
        let tool: JSONValue = [
            "type": "function",
            "function": [
                "name": "crm__list",
                "parameters": ["properties": ["a": ["const": "x, y"], "b": ["const": 2]]],
            ],
        ]
        let chunks = try parsed(try events(.chat("List").with("tools", [tool])))
        let calls = chunks.compactMap { $0["choices"]?[0]?["delta"]?["tool_calls"]?[0] }
        #expect(calls.first?["function"]?["name"] == "crm__list")
        #expect(calls.first?["id"]?.stringValue?.isEmpty == false)
        #expect(calls.dropFirst().allSatisfy { $0["id"] == nil && $0["index"] == 0 })
        let arguments = calls.compactMap { $0["function"]?["arguments"]?.stringValue }
        #expect(arguments.joined() == #"{"a":"x, y","b":2}"#)
        #expect(chunks.last?["choices"]?[0]?["finish_reason"] == "tool_calls")
    }

    @Test("midstreamerror ends the stream with an error and without [DONE]")
    func midstreamError() throws {
        let events = try events(.chat("Hello"), fault: "midstreamerror")
        #expect(events.count > 2)
        #expect(events.last?.contains(#""code":"server_error""#) == true)
    }

    @Test("truncate cuts a stream before its last event")
    func truncate() throws {
        let body = JSONValue.chat("Hello").with("stream", true).serialized
        let (reply, ending, _) = try stub.exchange(
            "POST", "/v1/chat/completions", headers: ["x-stub-fault": "truncate"], body: body)
        #expect(ending == .closed)
        #expect(reply?.text.hasPrefix("data: {") == true)
        #expect(reply?.text.contains("[DONE]") == false)
    }
}
