import Testing

@Suite("Faults of the wire")
struct WireFaultTests {
    private let stub: StubProcess

    init() throws { stub = try StubProcess() }

    private func answer(
        _ fault: String
    ) throws -> (reply: RawReply?, ending: RawClient.Ending, bytes: [UInt8]) {
        try stub.exchange("GET", "/tools/items?count=5", headers: ["x-stub-fault": fault])
    }

    @Test("reset sends RST and not a byte")
    func reset() throws {
        let (_, ending, bytes) = try answer("reset")
        #expect(ending == .reset)
        #expect(bytes.isEmpty)
    }

    @Test("resetbody sends half the body, then RST")
    func resetBody() throws {
        let (reply, ending, _) = try answer("resetbody")
        #expect(ending == .reset)
        #expect(reply?.status == 200)
        #expect(reply?.text.hasPrefix("{\"items\":") == true)
    }

    @Test("empty closes without a byte")
    func empty() throws {
        let (_, ending, bytes) = try answer("empty")
        #expect(ending == .closed)
        #expect(bytes.isEmpty)
    }

    @Test("truncate ends a chunked body without its last chunk")
    func truncate() throws {
        let (reply, ending, _) = try answer("truncate")
        #expect(ending == .closed)
        #expect(reply?.headers["transfer-encoding"] == "chunked")
        #expect(reply?.chunks.count == 1)
        #expect(reply?.json == .null)
    }

    @Test("shortlength announces half of the body it sends")
    func shortLength() throws {
        let (reply, ending, _) = try answer("shortlength")
        #expect(ending == .closed)
        #expect(reply?.json["count"] == 5)
        #expect(reply?.length == (reply?.rawBody.count ?? 0) / 2)
    }

    @Test("longlength announces 64 bytes more than it sends")
    func longLength() throws {
        let (reply, ending, _) = try answer("longlength")
        #expect(ending == .closed)
        #expect(reply?.json["count"] == 5)
        #expect(reply?.length == (reply?.rawBody.count ?? 0) + 64)
    }

    @Test("hang sends nothing and keeps the connection")
    func hang() throws {
        let client = try RawClient(port: stub.port)
        client.request("GET", "/tools/echo", headers: ["x-stub-fault": "hang"])
        #expect(try stub.requests { $0["inFlight"] == 1 })
        #expect(client.isSilent)
        #expect(try stub.requests["byStatus"]?["none"] == 1)
    }

    @Test("hangbody stops in the middle of the body and keeps the connection")
    func hangBody() throws {
        let client = try RawClient(port: stub.port)
        client.request("GET", "/tools/items", headers: ["x-stub-fault": "hangbody"])
        let complete = client.read { RawReply($0)?.chunks.first?.isEmpty == false }
        #expect(complete)
        #expect(try stub.reply("GET", "/healthz").status == 200)
        #expect(client.isSilent)
    }

    @Test("drip takes its time over each byte and sends them all")
    func drip() throws {
        let clock = ContinuousClock()
        let start = clock.now
        let (reply, ending, _) = try answer("drip:1")
        #expect(ending == .closed)
        #expect(reply?.json["count"] == 5)
        #expect(clock.now - start >= .milliseconds((reply?.length ?? 0) - 1))
    }

    @Test("latency delays the first byte")
    func latency() throws {
        let clock = ContinuousClock()
        let start = clock.now
        let (reply, _, _) = try answer("latency:150")
        #expect(reply?.json["count"] == 5)
        #expect(clock.now - start >= .milliseconds(150))
    }

    @Test("hugebody sends as many megabytes as asked for, as one valid JSON text")
    func hugeBody() throws {
        let reply = try stub.chat(fault: "hugebody:3")
        #expect(reply.body.count > 3 << 20)
        #expect(reply.body.suffix(1) == Array("}".utf8))
        #expect(reply.chunks.last?.isEmpty == true)
    }

    @Test("hugeheaders sends that many kilobytes of header lines")
    func hugeHeaders() throws {
        let (reply, _, bytes) = try answer("hugeheaders:200")
        #expect(reply?.json["count"] == 5)
        #expect(bytes.count > 200 * 1_000)
    }

    @Test("after a good reply the connection serves the next request")
    func keepAlive() throws {
        let client = try RawClient(port: stub.port)
        client.request("GET", "/tools/items?count=1", keepAlive: true)
        client.request("GET", "/tools/items?count=2", keepAlive: false)
        #expect(client.readToEnd() == .closed)
        let text = String(decoding: client.received, as: UTF8.self)
        #expect(text.contains("\"count\":1}HTTP/1.1 200 OK"))
        #expect(text.hasSuffix("\"count\":2}"))
    }

    @Test("what is not HTTP gets status 400 and the end")
    func notHTTP() throws {
        let client = try RawClient(port: stub.port)
        client.write("hello\r\n\r\n")
        #expect(client.readToEnd() != .silence)
        #expect(RawReply(client.received)?.status == 400)
    }
}
