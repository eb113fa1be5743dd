import HTTPTestSupport
import JSON
import TestSupport
import Testing

@testable import Tools

@Suite("Servers by HTTP")
struct HTTPTests {
    @Test("the old era: a handshake, a session, JSON or events", arguments: [false, true])
    func legacy(streams: Bool) async throws {
        let peer = try HTTPPeer(.legacy, streams: streams) { call in
            let notice: JSONValue = ["jsonrpc": "2.0", "method": "notifications/message"]
            let ping: JSONValue = ["jsonrpc": "2.0", "id": "p1", "method": "ping"]
            return streams
                ? HTTPPeer.stream(
                    [notice, ping, call.result("done")].map { HTTPPeer.event($0) }.joined())
                : .response(call.result("done").serialized)
        }
        try await Harness.with(peer.definition) { harness in
            #expect(await harness.call("act").data == ["text": "done"])
        }
        let call = try #require(peer.messages("tools/call").first).request
        #expect(call.header("Mcp-Session-Id") == "session-1")
        #expect(call.header("MCP-Protocol-Version") == "2025-06-18")
        #expect(call.header("Accept") == "application/json, text/event-stream")
        #expect(call.header("Mcp-Method") == nil)
        let initialize = try #require(peer.messages("initialize").first).request
        #expect(initialize.header("MCP-Protocol-Version") == nil)
        #expect(peer.messages("notifications/initialized").count == 1)
        #expect(peer.server.requests.last?.method == "DELETE")
        #expect(peer.server.requests.last?.header("Mcp-Session-Id") == "session-1")
        if streams { #expect(peer.server.requests.contains { $0.body.contains(#""id":"p1""#) }) }
    }

    @Test("the new era: no handshake, and headers that repeat what is asked")
    func modern() async throws {
        let peer = try HTTPPeer(.modern) { call in .response(call.result("done").serialized) }
        try await Harness.with(peer.definition) { harness in
            try await harness.caller.prepare(plugins: ["peer"])
            let names = harness.caller.definitions(plugins: ["peer"]).map(\.name)
            #expect(names == ["peer__act", "peer__read", "peer__gr_xC3_xB6_xC3_x9Fe"])
            let result = await harness.call(
                "gr_xC3_xB6_xC3_x9Fe", ["region": "Zürich", "deep": ["n": 7]])
            #expect(result.success)
        }
        #expect(peer.messages("initialize").isEmpty)
        let call = try #require(peer.messages("tools/call").first)
        #expect(call.request.header("MCP-Protocol-Version") == "2026-07-28")
        #expect(call.request.header("Mcp-Method") == "tools/call")
        #expect(call.request.header("Mcp-Name") == "=?base64?Z3LDtsOfZQ==?=")
        #expect(call.request.header("Mcp-Param-Region") == "=?base64?WsO8cmljaA==?=")
        #expect(call.request.header("Mcp-Param-N") == "7")
        #expect(call.request.header("Mcp-Session-Id") == nil)
        let meta = call.message["params"]?["_meta"]
        #expect(meta?["io.modelcontextprotocol/clientCapabilities"] != nil)
        #expect(peer.server.requests.last?.method == "POST")
    }

    @Test(
        "a session that is gone is opened anew, and the call is made once more",
        arguments: [404, 400])
    func session(status: Int) async throws {
        let peer = try HTTPPeer(.legacy) { call in
            call.request.header("Mcp-Session-Id") == "session-1"
                ? .response(status: status, "") : .response(call.result("done").serialized)
        }
        try await Harness.with(peer.definition) { harness in
            #expect(await harness.call("act").data == ["text": "done"])
        }
        #expect(peer.messages("tools/call").count == 2)
        #expect(peer.messages("initialize").count == 2)
    }

    @Test("a stream that breaks is taken up where it broke, when it can be")
    func resume() async throws {
        let peer = try HTTPPeer(
            .legacy,
            get: { request in
                guard request.method == "GET" else { return .response("") }
                return HTTPPeer.stream(
                    HTTPPeer.event(
                        // The call's: after discovery, handshake and list.
                        HTTPPeer.reply(4, ["content": [], "structuredContent": 7]),
                        id: "e2"))
            },
            call: { _ in HTTPPeer.stream("id: e1\nretry: 10\ndata:\n\n") })
        try await Harness.with(peer.definition) { harness in
            #expect(await harness.call("act").data == 7)
        }
        let get = try #require(peer.server.requests.first { $0.method == "GET" })
        #expect(get.header("Last-Event-ID") == "e1")
        #expect(get.header("Mcp-Session-Id") == "session-1")
        #expect(peer.messages("tools/call").count == 1)
    }

    @Test(
        "a call without a whole answer is of unknown outcome, unless it may be repeated",
        arguments: [("act", true), ("read", false)])
    func broken(action: String, isUnknown: Bool) async throws {
        let answers: [CannedAnswer] = [
            .reset, .truncated("{\"jsonrpc\":\"2.0\"}"), HTTPPeer.stream(": nothing\n\n"),
            .response(status: 503, ""),
        ]
        for answer in answers {
            let peer = try HTTPPeer(.modern) { _ in answer }
            let error = try await Harness.with(peer.definition) { await $0.call(action).error }
            #expect(error?.isOutcomeUnknown == isUnknown)
            #expect(error?.isRetryable != isUnknown)
            #expect(peer.messages("tools/call").count == 1)
        }
    }

    @Test("beyond the time limit the call ends; in the old era it is taken back")
    func timeout() async throws {
        for era in [HTTPPeer.Era.legacy, .modern] {
            let peer = try HTTPPeer(era) { _ in .hang }
            var definition = peer.definition
            definition["timeout_ms"] = 2000
            try await Harness.with(definition) { harness in
                try await harness.caller.prepare(plugins: ["peer"])
                let error = await harness.call("act").error
                #expect(error?.code == "TIMEOUT" && error?.isOutcomeUnknown == true)
                guard era == .legacy else { return }
                try await eventually("the cancellation") {
                    peer.messages("notifications/cancelled").count == 1
                }
            }
            #expect(peer.messages("notifications/cancelled").count == (era == .legacy ? 1 : 0))
        }
    }

    @Test("a question to a person comes by HTTP too")
    func question() async throws {
        let peer = try HTTPPeer(.modern) { call in
            if call.message["params"]?["inputResponses"]?["q"]?["action"] == "accept" {
                return .response(call.result("paid").serialized)
            }
            let question: JSONValue = [
                "method": "elicitation/create",
                "params": ["mode": "url", "message": "Log in", "url": "https://h.example/"],
            ]
            return .response(
                HTTPPeer.reply(
                    call.id, ["resultType": "input_required", "inputRequests": ["q": question]]
                ).serialized)
        }
        try await Harness.with(peer.definition) { harness in
            let request = try #require(await harness.call("act").inputRequest)
            #expect(request.questions.first?.form == .link(url: "https://h.example/"))
            let answer = ToolInputAnswer(accepting: request, [:])
            #expect(await harness.call("act", answer: answer).data == ["text": "paid"])
        }
    }

    @Test("what a server says by status is no answer about its era", arguments: [401, 429, 503])
    func refused(status: Int) async throws {
        let server = try CannedServer { _ in
            .response(status: status, headers: [("Retry-After", "7")], "")
        }
        try await Harness.with(["url": .string(server.baseURL)]) { harness in
            let error = await harness.call("act").error
            #expect(error?.status == status && error?.retryAfter == .seconds(7))
            #expect(error?.isOutcomeUnknown == false)
        }
        #expect(!server.requests.contains { $0.body.contains("initialize") })
    }

    @Test("a server of the new era that refuses the question is one all the same")
    func mismatch() async throws {
        let body =
            #"{"jsonrpc":"2.0","id":1,"error":{"code":-32021,"message":"?"}}"#
        let server = try CannedServer { request in
            if request.body.contains("server/discover") { return .response(status: 400, body) }
            return .response(#"{"jsonrpc":"2.0","id":2,"result":{"tools":[]}}"#)
        }
        try await Harness.with(["url": .string(server.baseURL)]) { harness in
            try await harness.caller.prepare(plugins: ["peer"])
        }
        #expect(!server.requests.contains { $0.body.contains("initialize") })
    }

    @Test("a private address is refused, a credential sent and never shown")
    func secrets() async throws {
        let secret = "s3cret-canary-value"
        let peer = try HTTPPeer(.modern) { call in .response(call.result(secret).serialized) }
        var definition = peer.definition
        definition["headers"] = ["Authorization": "Bearer {{credential:KEY}}"]
        let result = try await Harness.with(definition, credentials: ["KEY": secret]) {
            await $0.call("act")
        }
        #expect(result.success && !"\(result)".contains(secret))
        let call = try #require(peer.messages("tools/call").first).request
        #expect(call.header("Authorization") == "Bearer \(secret)")

        let refused = try await Harness.with(["url": "http://127.0.0.2:9/mcp"]) {
            await $0.call("act").error
        }
        #expect(refused?.code == "ADDRESS_REFUSED" && refused?.isRetryable == false)
    }

    @Test("an answer beyond the limit is refused")
    func tooLarge() async throws {
        let peer = try HTTPPeer(.modern) { call in
            .response(call.result(String(repeating: "x", count: 50_000)).serialized)
        }
        let limits = ToolLimits(maxResponseBytes: 20_000)
        let error = try await Harness.with(peer.definition, limits: limits) {
            await $0.call("act").error
        }
        #expect(error?.code == "RESPONSE_TOO_LARGE" && error?.isRetryable == false)
    }
}
