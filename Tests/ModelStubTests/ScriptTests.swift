import JSON
import Testing

@Suite("Scripts")
struct ScriptTests {
    private func stub(_ script: String) throws -> StubProcess {
        let stub = try StubProcess()
        let reply = try stub.reply("POST", "/stub/script", body: script)
        #expect(reply.status == 200, "\(reply.text)")
        return stub
    }

    @Test("the first entry that matches and has uses left answers, then the default")
    func order() throws {
        let stub = try stub(
            """
            {"replies":[
              {"match":{"contains":"ada"},"reply":{"content":"A"}},
              {"times":2,"reply":{"content":"B"}},
              {"match":{"model":"gpt-4o"},"times":1,"reply":{"content":"C"}}],
             "default":{"reply":{"content":"D"}}}
            """)
        let asked = ["x", "ada", "x", "x", "ada", "x"]
        let answers = try asked.map { try stub.chat(.chat($0)).content }
        #expect(answers == ["B", "A", "B", "C", "A", "D"])
        let uses = try stub.reply("GET", "/stub/script").json
        #expect(uses == ["uses": [2, 2, 1], "default": 1])
        #expect(try stub.requests["recent"]?[5]?["script_entry"] == -1)
    }

    @Test("role tells the turn before the tool call from the one after")
    func role() throws {
        let stub = try stub(
            """
            {"replies":[
              {"match":{"role":"user"},"reply":{"tool_calls":[{"name":"a__b"}]}},
              {"match":{"role":"tool"},"reply":{"content":"finished"}}]}
            """)
        let first = try stub.chat()
        #expect(first.message?["tool_calls"]?[0]?["function"]?["arguments"] == "{}")
        let messages: JSONValue = [["role": "tool", "content": "{}"]]
        let second = try stub.chat(JSONValue.chat("").with("messages", messages))
        #expect(second.content == "finished")
    }

    @Test("every form of reply")
    func forms() throws {
        let stub = try stub(
            #"""
            {"replies":[
              {"times":1,"reply":{"json":{"b":1.50,"a":[]}}},
              {"times":1,"reply":{"tool_calls":[{"name":"p__a","arguments":{"n":1}},
                                                {"name":"p__b","arguments":"not json"}]}},
              {"times":1,"reply":{"refusal":"No."}},
              {"times":1,"reply":{"content":"half","finish_reason":"length"}}]}
            """#)
        #expect(try stub.chat().content == #"{"b":1.50,"a":[]}"#)
        let calls = try stub.chat().message?["tool_calls"]
        #expect(calls?[0]?["function"] == ["name": "p__a", "arguments": #"{"n":1}"#])
        #expect(calls?[1]?["function"] == ["name": "p__b", "arguments": "not json"])
        #expect(calls?[0]?["id"] != calls?[1]?["id"])
        #expect(try stub.chat().message?["refusal"] == "No.")
        #expect(try stub.chat().json["choices"]?[0]?["finish_reason"] == "length")
    }

    @Test("usage, headers, latency and faults accompany a reply")
    func company() throws {
        let stub = try stub(
            """
            {"replies":[
              {"times":1,"latency_ms":120,"headers":{"x-a":"b"},
               "usage":{"prompt_tokens":1,"new_tokens":9},"reply":{"content":"hi"}},
              {"times":1,"fault":"status:503"}]}
            """)
        let clock = ContinuousClock()
        let start = clock.now
        let reply = try stub.chat()
        #expect(clock.now - start >= .milliseconds(120))
        #expect(reply.headers["x-a"] == "b")
        #expect(reply.json["usage"] == ["prompt_tokens": 1, "new_tokens": 9])
        #expect(try stub.chat().status == 503)
        #expect(try stub.chat().status == 200)
    }

    @Test("an entry with a path answers a tool's requests, and only those")
    func path() throws {
        let stub = try stub(
            """
            {"replies":[
              {"match":{"path":"/tools/items"},"times":1,"reply":{"json":{"items":[7]}}},
              {"match":{"path":"/tools/items"},"times":1,"fault":"status:503"}]}
            """)
        #expect(try stub.chat().content == "This is the stub's answer to: Hello")
        #expect(try stub.reply("POST", "/tools/items").json["items"] == [7])
        #expect(try stub.reply("POST", "/tools/items").status == 503)
        #expect(try stub.reply("POST", "/tools/items").json["count"] == 3)
    }

    @Test(
        "a script that cannot be read is refused with the place, and the old one stays",
        arguments: [
            ("[]", "must be an object"), ("{", "not JSON"),
            (#"{"replies":[{"reply":{}}]}"#, "replies[0].reply: needs one of"),
            (#"{"replies":[{},{"repply":1}]}"#, #"replies[1]: unknown key \"repply\""#),
            (#"{"replies":[{"fault":"nosuch"}]}"#, "replies[0].fault"),
            (#"{"replies":[{"times":-1}]}"#, "replies[0].times"),
            (#"{"replies":[{"match":{"contains":1}}]}"#, "replies[0].match.contains"),
        ])
    func unreadable(script: String, message: String) throws {
        let stub = try stub(#"{"default":{"reply":{"content":"old"}}}"#)
        let reply = try stub.reply("POST", "/stub/script", body: script)
        #expect(reply.status == 400)
        #expect(reply.text.contains(message), "\(reply.text)")
        #expect(try stub.chat().content == "old")
    }
}
