import Journal
import Testing

@testable import Limits

@Suite("Limits learned from headers")
struct LearnedLimitTests {
    typealias Bucket = RateLimitReport.Bucket

    struct Case: Sendable, CustomTestStringConvertible {
        let what: String
        let bucket: Bucket
        let perMinute: Double?
        var testDescription: String { what }

        init(_ what: String, _ bucket: Bucket, _ perMinute: Double?) {
            self.what = what
            self.bucket = bucket
            self.perMinute = perMinute
        }
    }

    static let cases: [Case] = [
        Case("no limit named", Bucket(remaining: 5, reset: .seconds(1)), nil),
        Case("a limit alone is a minute's", Bucket(limit: 600), 600),
        Case(
            "no reset, as LiteLLM writes it", Bucket(limit: 600, remaining: 100), 600),
        Case(
            "a full bucket says nothing of its window",
            Bucket(limit: 600, remaining: 600, reset: .milliseconds(1)), nil),
        Case(
            "one of 600 a minute missing",
            Bucket(limit: 600, remaining: 599, reset: .milliseconds(100)), 600),
        Case(
            "a part of one missing: too little to tell",
            Bucket(limit: 600, remaining: 599, reset: .milliseconds(30)), nil),
        Case(
            "what is missing is cut to a whole number",
            Bucket(limit: 600, remaining: 598, reset: .milliseconds(130)), 600),
        Case(
            "the provider's own example, 10,000 a day",
            Bucket(limit: 10_000, remaining: 9_999, reset: .milliseconds(8640)), 10_000),
        Case(
            "200 a day, once the reset is longer than a minute explains",
            Bucket(limit: 200, remaining: 199, reset: .seconds(432)), 200.0 / 1440),
        Case(
            "1,000 an hour", Bucket(limit: 1_000, remaining: 900, reset: .seconds(360)),
            1_000.0 / 60),
        Case("10 a second", Bucket(limit: 10, remaining: 7, reset: .milliseconds(300)), 600),
        Case(
            "a sliding window that has only begun to fill",
            Bucket(limit: 600, remaining: 590, reset: .seconds(58)), 600),
        Case(
            "a sliding window in full use",
            Bucket(limit: 600, remaining: 12, reset: .seconds(60)), 600),
        Case(
            "resets in whole seconds", Bucket(limit: 50, remaining: 49, reset: .seconds(2)), 50),
        Case(
            "a reset that is the time to the next request",
            Bucket(limit: 600, remaining: 10, reset: .milliseconds(100)), 600),
        Case("a limit of nothing is none", Bucket(limit: 0, remaining: 0), nil),
    ]

    @Test("a bucket's figures tell its limit per minute", arguments: cases)
    func perMinute(_ example: Case) {
        #expect(LearnedLimit.perMinute(example.bucket) == example.perMinute)
    }

    @Test("only what differs is news")
    func news() {
        let known = LearnedLimit(requests: 600, tokens: 90_000)
        #expect(LearnedLimit(requests: 600, tokens: 90_000).news(to: known) == nil)
        #expect(LearnedLimit(requests: 500).news(to: known) == LearnedLimit(requests: 500))
        #expect(LearnedLimit().news(to: nil) == nil)
    }
}
