import Glibc
import JSON
import Testing

@Suite("Many clients")
struct ConcurrencyTests {
    @Test("a thousand requests wait at once, and all are answered", .timeLimit(.minutes(2)))
    func thousand() throws {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        getrlimit(resource, &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(resource, &limit)

        let stub = try StubProcess("--latency", "12s")
        let body = JSONValue.chat("Hello").serialized
        let clients = try (0..<1_000).map { _ in
            let client = try RawClient(port: stub.port, patience: 60)
            client.request("POST", "/v1/chat/completions", body: body)
            return client
        }
        #expect(try stub.reply("GET", "/healthz").status == 200)
        for client in clients {
            #expect(client.readToEnd() == .closed)
            #expect(RawReply(client.received)?.status == 200)
        }
        let log = try stub.requests
        #expect(log["total"] == 1_000)
        #expect(log["maxInFlight"] == 1_000)
        #expect(log["clientClosed"] == 0)
    }
}
