import FoundationEssentials
import HTTP
import Journal

/// Finds the figures of a rate limit under the many names they go by.
struct RateLimitHeaders {
    let headers: HTTPHeaders
    let now: Date

    /// The bucket of that name; of several limits for the same thing (the organisation's, the
    /// project's, the usage based one) the tightest.
    func bucket(_ name: String) -> RateLimitReport.Bucket? {
        let variants = [name, "project-\(name)", "\(name)_usage_based"]
        let known = variants.compactMap { variant in
            bucket { "x-ratelimit-\($0)-\(variant)" }
        }
        let buckets = known + [bucket { "anthropic-ratelimit-\(name)-\($0)" }].compactMap { $0 }
        return buckets.min { ($0.remaining ?? .max) < ($1.remaining ?? .max) }
    }

    private func bucket(named header: (String) -> String) -> RateLimitReport.Bucket? {
        let bucket = RateLimitReport.Bucket(
            limit: count(header("limit")), remaining: count(header("remaining")),
            reset: duration(header("reset")))
        return bucket == RateLimitReport.Bucket() ? nil : bucket
    }

    /// A count; negative ones mean "unknown", decimals are cut.
    private func count(_ name: String) -> Int? {
        guard let text = value(name) else { return nil }
        let whole = text.prefix { $0 != "." }
        return Int(whole).flatMap { $0 >= 0 ? $0 : nil }
    }

    /// 0 and -1 are Azure's "unknown", and a time that has passed says nothing either.
    private func duration(_ name: String) -> Duration? {
        value(name).flatMap { HTTPDuration.parse($0, now: now) }.flatMap { $0 > .zero ? $0 : nil }
    }

    /// A gateway passes the provider's headers on under a prefix.
    private func value(_ name: String) -> String? {
        headers[name] ?? headers["llm_provider-\(name)"]
    }
}
