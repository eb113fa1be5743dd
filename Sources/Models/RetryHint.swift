import FoundationEssentials
import HTTP
import Journal

/// When a provider wants to be asked again.
enum RetryHint {
    /// Retry-After in its spellings; else, on a rate limit, what the limits' own headers suggest.
    static func delay(
        in headers: HTTPHeaders, isRateLimit: Bool, limits: RateLimitReport?, now: Date
    ) -> Duration? {
        if let delay = RetryAfter.delay(in: headers, now: now) { return delay }
        return isRateLimit ? limits?.suggestedDelay : nil
    }
}
