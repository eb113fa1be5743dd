/// A token bucket of requests a minute.
struct RateLimiter {
    /// What the bucket says to one request.
    struct Verdict: Equatable {
        let isAllowed: Bool
        /// Requests left now.
        let remaining: Int
        /// Time until a refused request fits; zero when allowed.
        let retryAfter: Duration
        /// Time until the bucket is full again.
        let reset: Duration
    }

    /// Requests a minute, and the bucket's size.
    let limit: Int
    private var tokens: Double
    private var refilledAt = Duration.zero

    init(requestsPerMinute: Int) {
        limit = requestsPerMinute
        tokens = Double(requestsPerMinute)
    }

    /// Takes a token, at this time since the start.
    mutating func take(at now: Duration) -> Verdict {
        let perSecond = Double(limit) / 60
        tokens = min(Double(limit), tokens + (now - refilledAt) / .seconds(1) * perSecond)
        refilledAt = now
        let isAllowed = tokens >= 1
        if isAllowed { tokens -= 1 }
        return Verdict(
            isAllowed: isAllowed, remaining: Int(tokens),
            retryAfter: isAllowed ? .zero : .seconds((1 - tokens) / perSecond),
            reset: .seconds((Double(limit) - tokens) / perSecond))
    }
}
