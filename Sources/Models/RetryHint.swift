import FoundationEssentials
import HTTP

/// When a provider wants to be asked again.
enum RetryHint {
    private static let buckets = ["requests", "tokens"]

    /// Retry-After in its spellings; else, on a rate limit, the reset of the bucket that is empty.
    /// A reset is the time until a bucket is full again, so it is an upper bound: where it is not
    /// known which bucket is empty, the shorter one counts.
    static func delay(in headers: HTTPHeaders, isRateLimit: Bool, now: Date) -> Duration? {
        if let delay = RetryAfter.delay(in: headers, now: now) { return delay }
        guard isRateLimit else { return nil }
        let empty = buckets.filter { remaining($0, headers) == 0 }
        if !empty.isEmpty { return empty.compactMap { reset($0, headers, now) }.max() }
        return buckets.compactMap { reset($0, headers, now) }.min()
    }

    private static func remaining(_ bucket: String, _ headers: HTTPHeaders) -> Int? {
        value("x-ratelimit-remaining-\(bucket)", headers).flatMap { Int($0) }
    }

    /// A Go-like duration at OpenAI (`6m0s`), whole seconds at Azure; 0 and -1 are unknown.
    private static func reset(_ bucket: String, _ headers: HTTPHeaders, _ now: Date) -> Duration? {
        value("x-ratelimit-reset-\(bucket)", headers)
            .flatMap { HTTPDuration.parse($0, now: now) }
            .flatMap { $0 > .zero ? $0 : nil }
    }

    private static func value(_ name: String, _ headers: HTTPHeaders) -> String? {
        headers[name] ?? headers["llm_provider-\(name)"]
    }
}
