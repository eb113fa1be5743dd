import Testing

@Suite("The rate limit")
struct RateLimitTests {
    @Test("beyond the limit comes 429 with the time to wait, before it the headers")
    func limit() throws {
        let stub = try StubProcess("--rpm", "2")
        let first = try stub.chat()
        #expect(first.status == 200)
        #expect(first.headers["x-ratelimit-limit-requests"] == "2")
        #expect(first.headers["x-ratelimit-remaining-requests"] == "1")
        #expect(first.headers["x-ratelimit-reset-requests"]?.hasSuffix("s") == true)
        #expect(first.headers["retry-after"] == nil)
        _ = try stub.chat()
        let third = try stub.chat()
        #expect(third.status == 429)
        #expect(third.json["error"]?["code"] == "rate_limit_exceeded")
        let seconds = third.headers["retry-after"].flatMap { Int($0) } ?? 0
        #expect((1...30).contains(seconds))
        #expect(try stub.reply("GET", "/tools/items").status == 200)
    }

    @Test("without --rpm there are no headers about it")
    func noLimit() throws {
        let reply = try StubProcess().chat()
        #expect(!reply.headers.keys.contains { $0.hasPrefix("x-ratelimit") })
    }
}
