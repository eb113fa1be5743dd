import FoundationEssentials
import HTTP
import Journal
import Testing

@testable import Models

@Suite("Rate limits told by headers")
struct RateLimitReportTests {
    private typealias Bucket = RateLimitReport.Bucket

    private func report(_ fields: [String: String]) -> RateLimitReport? {
        var headers = HTTPHeaders()
        for (name, value) in fields { headers.add(name, value) }
        return RateLimitReport(headers, now: Date(timeIntervalSince1970: 0))
    }

    @Test("OpenAI")
    func openAI() {
        let report = report([
            "x-ratelimit-limit-requests": "10000", "x-ratelimit-remaining-requests": "9999",
            "x-ratelimit-reset-requests": "8.64s", "x-ratelimit-limit-tokens": "200000",
            "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s",
        ])
        #expect(
            report
                == RateLimitReport(
                    requests: Bucket(limit: 10000, remaining: 9999, reset: .milliseconds(8640)),
                    tokens: Bucket(limit: 200_000, remaining: 0, reset: .seconds(360))))
        #expect(report?.tokens?.isEmpty == true)
        #expect(report?.suggestedDelay == .seconds(360))
    }

    @Test("the tightest of several limits for one thing counts")
    func tightest() {
        let report = report([
            "x-ratelimit-remaining-tokens": "900", "x-ratelimit-remaining-project-tokens": "40",
            "x-ratelimit-remaining-tokens_usage_based": "500",
        ])
        #expect(report?.tokens == Bucket(remaining: 40))
    }

    @Test("Anthropic's times, and its two kinds of tokens")
    func anthropic() {
        let report = report([
            "anthropic-ratelimit-requests-limit": "50",
            "anthropic-ratelimit-requests-remaining": "49",
            "anthropic-ratelimit-requests-reset": "1970-01-01T00:00:02Z",
            "anthropic-ratelimit-input-tokens-remaining": "0",
            "anthropic-ratelimit-input-tokens-reset": "1970-01-01T00:01:00Z",
            "anthropic-ratelimit-output-tokens-limit": "8000",
        ])
        #expect(report?.requests == Bucket(limit: 50, remaining: 49, reset: .seconds(2)))
        #expect(report?.inputTokens == Bucket(remaining: 0, reset: .seconds(60)))
        #expect(report?.outputTokens == Bucket(limit: 8000))
        #expect(report?.suggestedDelay == .seconds(60))
    }

    @Test("what a gateway passes on")
    func gateway() {
        let report = report([
            "x-ratelimit-limit-requests": "100", "x-ratelimit-remaining-requests": "5",
            "llm_provider-x-ratelimit-remaining-tokens": "7",
            "llm_provider-x-ratelimit-reset-tokens": "1h30m0s",
        ])
        #expect(report?.requests == Bucket(limit: 100, remaining: 5))
        #expect(report?.tokens == Bucket(remaining: 7, reset: .seconds(5400)))
    }

    @Test(
        "every form of a reset",
        arguments: [
            ("12ms", Duration.milliseconds(12)), ("1.5ms", .microseconds(1500)),
            ("250µs", .microseconds(250)), ("250us", .microseconds(250)),
            ("900ns", .nanoseconds(900)), ("59.5s", .milliseconds(59500)),
            ("1d1h", .seconds(90000)), ("30", .seconds(30)), ("1.5", .milliseconds(1500)),
            ("1970-01-01T00:00:05.5Z", .milliseconds(5500)),
            ("Thu, 01 Jan 1970 00:00:05 GMT", .seconds(5)),
            ("-1", nil), ("0", nil), ("", nil), ("soon", nil), ("1969-01-01T00:00:00Z", nil),
        ] as [(String, Duration?)])
    func reset(text: String, expected: Duration?) {
        let report = report([
            "x-ratelimit-remaining-requests": "3", "x-ratelimit-reset-requests": text,
        ])
        #expect(report?.requests == Bucket(remaining: 3, reset: expected))
    }

    @Test(
        "odd counts are cut or unknown",
        arguments: [("149.7", 149), ("-1", nil), ("", nil), ("many", nil)] as [(String, Int?)])
    func count(text: String, expected: Int?) {
        let report = report([
            "x-ratelimit-limit-requests": "200", "x-ratelimit-remaining-requests": text,
        ])
        #expect(report?.requests == Bucket(limit: 200, remaining: expected))
    }

    @Test("no headers are no report")
    func none() {
        #expect(report([:]) == nil)
        #expect(report(["x-ratelimit-reset-requests": "0"]) == nil)
    }

    @Test("the rate of refilling is what is missing by the time until it is there")
    func rate() {
        #expect(Bucket(limit: 100, remaining: 40, reset: .seconds(30)).refillPerSecond == 2)
        #expect(Bucket(limit: 100, remaining: 100, reset: .seconds(1)).refillPerSecond == nil)
        #expect(Bucket(limit: 100, remaining: 40).refillPerSecond == nil)
    }
}
