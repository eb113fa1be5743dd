import Journal

/// What the headers of answers say a model takes, per minute.
struct LearnedLimit: Sendable, Hashable {
    var requests: Double?
    var tokens: Double?

    init(requests: Double? = nil, tokens: Double? = nil) {
        self.requests = requests
        self.tokens = tokens
    }

    /// Of input and output tokens that are limited apart, together they take at most the sum; the
    /// smaller is the safe reading of a call's sum.
    init(_ report: RateLimitReport) {
        requests = report.requests.flatMap(Self.perMinute)
        tokens =
            report.tokens.flatMap(Self.perMinute)
            ?? report.inputTokens.flatMap(Self.perMinute)
    }

    /// Windows that providers limit by, in seconds, the likeliest first.
    private static let windows: [Double] = [60, 86_400, 3_600, 1]
    /// How far the figures may be off: resets are rounded, counts are cut.
    private static let tolerance = 1.15

    /// A bucket's limit per minute; nil when it names none, or its figures say nothing.
    ///
    /// A bucket of `limit` that is refilled evenly within its window has (limit - remaining) /
    /// reset = limit / window: so the figures tell the window. `remaining` is cut to a whole
    /// number, so up to one of what is missing is not; of a single one nothing can be said when it
    /// may be a part of one. A sliding window names longer resets than that while it fills, and
    /// other figures fit nothing: then it is a minute, by far the most common window. Hours and
    /// days are believed only when the reset is longer than a minute can explain.
    static func perMinute(_ bucket: RateLimitReport.Bucket) -> Double? {
        guard let limit = bucket.limit, limit > 0, limit < 1_000_000_000 else { return nil }
        let minute = Double(limit)
        guard let remaining = bucket.remaining, let reset = bucket.reset else { return minute }
        guard remaining < limit else { return nil }
        let seconds = reset / .seconds(1)
        let missing = Double(limit - remaining)
        let shortest = Double(limit) * seconds / missing
        if missing == 1, shortest * tolerance < 60 { return nil }
        let longest = missing > 1 ? Double(limit) * seconds / (missing - 1) : .infinity
        let window = windows.first { window in
            guard shortest / tolerance <= window, window <= longest * tolerance else {
                return false
            }
            switch window {
            case 60: return seconds <= 60 * tolerance
            case 1: return seconds <= tolerance
            default: return seconds > 60 * tolerance && shortest * tolerance >= window
            }
        }
        return minute * 60 / (window ?? 60)
    }

    /// What of this is news to who knows `known`; nil when nothing is.
    func news(to known: LearnedLimit?) -> LearnedLimit? {
        let news = LearnedLimit(
            requests: requests == known?.requests ? nil : requests,
            tokens: tokens == known?.tokens ? nil : tokens)
        return news == LearnedLimit() ? nil : news
    }
}
