import Testing

@testable import model_stub

@Suite("Arguments")
struct ArgumentTests {
    @Test("every fault name can be read alone", arguments: FaultNames.all)
    func names(name: String) throws {
        #expect(try Fault(parsing: name).kind.rawValue == name)
        #expect(FaultNames.all.count == FaultKind.allCases.count)
    }

    @Test(
        "a fault says itself as it is written",
        arguments: ["drip:5", "429:0", "429date:2", "status:404", "hang"])
    func roundTrip(text: String) throws {
        #expect(try Fault(parsing: text).description == text)
    }

    @Test(
        "what is no fault is refused",
        arguments: [
            "", "nosuch", "hang:1", "drip:", "drip:x", "drip:-1", "status:99", "status:600",
            "deep:99999999999999999999",
        ])
    func refused(text: String) {
        #expect(throws: FaultError.self) { try Fault(parsing: text) }
    }

    @Test(
        "a latency is milliseconds or seconds",
        arguments: [("50ms", 50), ("1.5s", 1_500), ("20", 20), ("0", 0)])
    func latencies(text: String, milliseconds: Int) {
        #expect(LatencyArgument(argument: text)?.duration == .milliseconds(milliseconds))
    }

    @Test("what is no latency is refused", arguments: ["", "ms", "-1s", "1h", "nan"])
    func noLatencies(text: String) {
        #expect(LatencyArgument(argument: text) == nil)
    }

    @Test("an address has a host and a port")
    func addresses() {
        #expect(ListenAddress(argument: "127.0.0.1:80")?.port == 80)
        #expect(ListenAddress(argument: "[::1]:0")?.host == "::1")
        for text in ["", ":1", "host", "host:", "host:70000", "host:-1"] {
            #expect(ListenAddress(argument: text) == nil, "\(text)")
        }
    }

    @Test("the bucket gives its tokens, refuses, and refills with time")
    func bucket() {
        var limiter = RateLimiter(requestsPerMinute: 60)
        for left in (0..<60).reversed() {
            #expect(limiter.take(at: .zero).remaining == left)
        }
        let refused = limiter.take(at: .zero)
        #expect(!refused.isAllowed)
        #expect(refused.retryAfter == .seconds(1))
        #expect(refused.reset == .seconds(60))
        #expect(limiter.take(at: .seconds(1)).isAllowed)
        #expect(!limiter.take(at: .seconds(1)).isAllowed)
    }
}
