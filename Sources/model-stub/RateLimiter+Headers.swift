extension RateLimiter.Verdict {
    /// The provider's header lines: `x-ratelimit-*-requests`, and `retry-after` with a refusal.
    func headers(limit: Int) -> [(String, String)] {
        var headers = [
            ("x-ratelimit-limit-requests", String(limit)),
            ("x-ratelimit-remaining-requests", String(remaining)),
            ("x-ratelimit-reset-requests", Self.text(reset)),
        ]
        if !isAllowed {
            let milliseconds = Int((retryAfter / .milliseconds(1)).rounded(.up))
            headers.append(("retry-after-ms", String(milliseconds)))
            headers.append(("retry-after", String((milliseconds + 999) / 1_000)))
        }
        return headers
    }

    /// The provider's way to write a duration: `12ms`, `1.5s`, `6m0s`.
    private static func text(_ duration: Duration) -> String {
        let milliseconds = Int((duration / .milliseconds(1)).rounded(.up))
        if milliseconds < 1_000 { return "\(milliseconds)ms" }
        let seconds = Double(milliseconds) / 1_000
        if seconds < 60 { return "\(seconds)s".replacingZeroFraction }
        return "\(milliseconds / 60_000)m\(milliseconds % 60_000 / 1_000)s"
    }
}

extension String {
    /// `2.0s` as `2s`.
    fileprivate var replacingZeroFraction: String {
        hasSuffix(".0s") ? String(dropLast(3)) + "s" : self
    }
}
