import FoundationEssentials
import Testing

@testable import HTTP

@Suite("Retry-After")
struct RetryAfterTests {
    let now = Date(timeIntervalSince1970: 784_111_777)

    @Test(
        "the most exact header that can be read wins",
        arguments: [
            ([:], nil), (["Retry-After": "2"], .seconds(2)),
            (["retry-after": "1.5"], .milliseconds(1500)),
            (["retry-after": "2", "retry-after-ms": "250"], .milliseconds(250)),
            (["retry-after": "2", "retry-after-ms": "soon"], .seconds(2)),
            (["retry-after": ""], nil), (["retry-after": "-1"], nil),
            (["Retry-After": "Sun, 06 Nov 1994 08:49:47 GMT"], .seconds(10)),
            (["llm_provider-retry-after": "3"], .seconds(3)),
            (["llm_provider-retry-after": "3", "retry-after": "4"], .seconds(4)),
            (["retry-after": "-1", "llm_provider-retry-after-ms": "5"], .milliseconds(5)),
        ] as [(HTTPHeaders, Duration?)])
    func delay(headers: HTTPHeaders, expected: Duration?) {
        #expect(RetryAfter.delay(in: headers, now: now) == expected)
    }
}
