import JSON
import Testing

@Suite("The log of requests")
struct RequestLogTests {
    @Test("requests are counted by path and status, and described")
    func counts() throws {
        let stub = try StubProcess()
        _ = try stub.chat()
        _ = try stub.chat(fault: "status:503")
        _ = try stub.reply("GET", "/tools/items")
        _ = try stub.reply("GET", "/healthz")
        let log = try stub.requests
        #expect(log["total"] == 3)
        #expect(log["byPath"] == ["/v1/chat/completions": 2, "/tools/items": 1])
        #expect(log["byStatus"] == ["200": 2, "503": 1])
        let last = log["recent"]?[1]
        #expect(last?["path"] == "/v1/chat/completions")
        #expect(last?["method"] == "POST")
        #expect(last?["model"] == "gpt-4o")
        #expect(last?["status"] == 503)
        #expect(last?["fault"] == "status:503")
        #expect(last?["body_bytes"]?.intValue == JSONValue.chat("Hello").serializedBytes.count)
        #expect(last?["client_closed"] == false)
    }

    @Test("a credential is noted, never kept")
    func credentials() throws {
        let stub = try StubProcess()
        let secret = "Bearer sk-canary"
        let echo = try stub.reply("GET", "/tools/echo", headers: ["Authorization": secret])
        _ = try stub.reply("GET", "/tools/echo")
        let log = try stub.requests
        #expect(log["recent"]?[0]?["authorization"] == true)
        #expect(log["recent"]?[1]?["authorization"] == false)
        #expect(!log.serialized.contains("canary"))
        #expect(!echo.text.contains("canary"))
    }

    @Test("a client that leaves before the answer is noted")
    func clientClosed() throws {
        let stub = try StubProcess("--latency", "60s")
        do {
            let client = try RawClient(port: stub.port)
            client.request(
                "POST", "/v1/chat/completions", body: JSONValue.chat("Hello").serialized)
            #expect(try stub.requests { $0["inFlight"] == 1 })
        }
        #expect(try stub.requests { $0["inFlight"] == 0 })
        #expect(try stub.requests["clientClosed"] == 1)
        #expect(try stub.requests["recent"]?[0]?["client_closed"] == true)
    }

    @Test("a reset forgets everything, requests under way included")
    func reset() throws {
        let stub = try StubProcess()
        let client = try RawClient(port: stub.port)
        client.request("GET", "/tools/echo", headers: ["x-stub-fault": "hang"])
        #expect(try stub.requests { $0["inFlight"] == 1 })
        #expect(try stub.reply("DELETE", "/stub/requests").status == 200)
        _ = try stub.chat()
        let log = try stub.requests
        #expect(log["total"] == 1)
        #expect(log["recent"]?.arrayValue?.count == 1)
        #expect(log["maxInFlight"] == 1)
    }

    @Test("the newest thousand requests are kept, all are counted")
    func capacity() throws {
        let stub = try StubProcess()
        let client = try RawClient(port: stub.port)
        for number in 1...1_100 {
            client.request("GET", "/tools/status/204", keepAlive: number < 1_100)
        }
        #expect(client.readToEnd() == .closed)
        let log = try stub.requests
        #expect(log["total"] == 1_100)
        #expect(log["recent"]?.arrayValue?.count == 1_000)
        #expect(log["recent"]?[999]?["n"] == 1_100)
    }
}
