import ArgumentParser

/// A limit of requests a minute, in one of the two forms that providers use.
struct RateLimiter {
    /// How the minute is counted.
    enum Form: String, CaseIterable, ExpressibleByArgument {
        /// A bucket of a minute's requests, refilled evenly.
        case bucket
        /// No 60 seconds may have more requests in them.
        case sliding
    }

    /// What the limit says to one request.
    struct Verdict: Equatable {
        let isAllowed: Bool
        /// Requests left now.
        let remaining: Int
        /// Time until a refused request fits; zero when allowed.
        let retryAfter: Duration
        /// Time until everything is there again.
        let reset: Duration
    }

    /// Requests a minute.
    let limit: Int
    let form: Form
    private var tokens: Double
    private var refilledAt = Duration.zero
    /// When the requests of the last minute were allowed, oldest first.
    private var allowed: [Duration] = []

    init(requestsPerMinute: Int, form: Form = .bucket) {
        limit = requestsPerMinute
        self.form = form
        tokens = Double(requestsPerMinute)
    }

    /// Counts a request, at this time since the start.
    mutating func take(at now: Duration) -> Verdict {
        switch form {
        case .bucket: takeToken(at: now)
        case .sliding: enter(at: now)
        }
    }

    private mutating func takeToken(at now: Duration) -> Verdict {
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

    private mutating func enter(at now: Duration) -> Verdict {
        let minute = Duration.seconds(60)
        allowed.removeAll { $0 + minute <= now }
        let isAllowed = allowed.count < limit
        let wait = isAllowed ? .zero : (allowed.first ?? now) + minute - now
        if isAllowed { allowed.append(now) }
        return Verdict(
            isAllowed: isAllowed, remaining: limit - allowed.count, retryAfter: wait,
            reset: (allowed.last ?? now) + minute - now)
    }
}
