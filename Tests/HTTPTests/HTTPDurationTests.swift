import FoundationEssentials
import Testing

@testable import HTTP

@Suite("HTTP durations")
struct HTTPDurationTests {
    /// 1994-11-06T08:49:37Z, the time of RFC 9110's examples.
    let now = Date(timeIntervalSince1970: 784_111_777)

    @Test(
        "numbers and sums of units",
        arguments: [
            ("0", .zero), ("1", .seconds(1)), ("30", .seconds(30)), ("1.5", .milliseconds(1500)),
            (".5", .milliseconds(500)), ("2.", .seconds(2)), ("  7 ", .seconds(7)),
            ("0.1", .milliseconds(100)), ("6m0s", .seconds(360)), ("1s", .seconds(1)),
            ("12ms", .milliseconds(12)), ("59.5s", .milliseconds(59_500)),
            ("1h30m0s", .seconds(5400)), ("2d", .seconds(172_800)),
            ("1d2h3m4s5ms6µs7ns", .nanoseconds(93_784_005_006_007)),
            ("8.64s", .milliseconds(8640)), ("1.25ms", .microseconds(1250)),
            ("17.5µs", .nanoseconds(17_500)), ("17\u{3BC}s", .microseconds(17)),
            ("3us", .microseconds(3)), ("0s", .zero), ("120ms", .milliseconds(120)),
            ("1m", .seconds(60)), ("00001", .seconds(1)),
            ("0.00000000000000000000001", .zero),
        ] as [(String, Duration)])
    func numbers(text: String, expected: Duration) {
        #expect(HTTPDuration.parse(text, now: now) == expected)
    }

    @Test(
        "what can't be read is unknown",
        arguments: [
            "", " ", "-1", "-5s", "-0", "+5", "abc", "s", "5x", "1s2", "5 s", "1.2.3", ".", "1e3",
            "0x10", "6m0", "1h-5m", "∞", "NaN", "1994-13-06T08:49:37Z", "1994-02-30T08:49:37Z",
            "1994-11-06T25:49:37Z", "1994-11-06T08:49:37", "1994-11-06T08:49:37+1",
            "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 PST",
            "Sun, 31 Apr 1994 08:49:37 GMT",
            "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT and more",
        ])
    func unknown(text: String) {
        #expect(HTTPDuration.parse(text, now: now) == nil)
    }

    @Test(
        "times are relative to now, and zero once passed",
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", .zero),
            ("Sun, 06 Nov 1994 08:50:37 GMT", .seconds(60)),
            ("Sunday, 06-Nov-94 08:50:37 GMT", .seconds(60)),
            ("Sun Nov  6 08:50:37 1994", .seconds(60)),
            ("Wed Nov 16 08:49:37 1994", .seconds(864_000)),
            ("Sat, 05 Nov 1994 08:49:37 GMT", .zero),
            ("Mon, 06 Nov 1995 08:49:37 GMT", .seconds(31_536_000)),
            ("1994-11-06T08:49:38Z", .seconds(1)), ("1994-11-06T08:49:37.250Z", .milliseconds(250)),
            ("1994-11-06t08:49:38z", .seconds(1)), ("1994-11-06 08:49:38Z", .seconds(1)),
            ("1994-11-06T09:49:38+01:00", .seconds(1)), ("1994-11-06T03:19:38-05:30", .seconds(1)),
            ("1994-11-06T08:49:36Z", .zero), ("1996-02-29T08:49:37Z", .seconds(41_472_000)),
            ("1970-01-01T00:00:00Z", .zero),
        ] as [(String, Duration)])
    func times(text: String, expected: Duration) {
        #expect(HTTPDuration.parse(text, now: now) == expected)
    }

    @Test(
        "absurd lengths are cut, never a trap",
        arguments: [
            "99999999999999999999999999", "999999999999999", "9999999999999999d",
            "99999999999999d99999999999999d", "9999-12-31T23:59:59Z",
            "1" + String(repeating: "0", count: 5000),
        ])
    func absurd(text: String) {
        #expect(HTTPDuration.parse(text, now: now) == HTTPDuration.longest)
    }

    @Test("a number without a unit takes the unit of its header")
    func milliseconds() {
        #expect(HTTPDuration.parse("1500", unit: .milliseconds, now: now) == .milliseconds(1500))
        #expect(HTTPDuration.parse("2s", unit: .milliseconds, now: now) == .seconds(2))
    }

    @Test(
        "calendar days count as the calendar has them",
        arguments: [
            ("1999-12-31T23:59:59Z", "2000-01-01T00:00:00Z", 1),
            ("2000-02-28T00:00:00Z", "2000-03-01T00:00:00Z", 172_800),
            ("2023-02-28T00:00:00Z", "2023-03-01T00:00:00Z", 86_400),
            ("2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z", 366 * 86_400),
            ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", 365 * 86_400),
        ])
    func calendar(from: String, to: String, seconds: Int) throws {
        let start = try #require(HTTPDate.parse(Array(from.utf8)[...]))
        #expect(HTTPDuration.parse(to, now: start) == .seconds(seconds))
    }
}
