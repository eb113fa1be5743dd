import FoundationEssentials

/// How long a response asks its client to wait.
public enum RetryAfter {
    /// The first delay found of `retry-after-ms` (milliseconds), `retry-after`, and the names under
    /// which a gateway passes them on (`llm_provider-…`); nil when there is none that can be read.
    public static func delay(in headers: HTTPHeaders, now: Date) -> Duration? {
        for prefix in ["", "llm_provider-"] {
            if let text = headers[prefix + "retry-after-ms"],
                let delay = HTTPDuration.parse(text, unit: .milliseconds, now: now)
            {
                return delay
            }
            if let text = headers[prefix + "retry-after"],
                let delay = HTTPDuration.parse(text, now: now)
            {
                return delay
            }
        }
        return nil
    }
}
