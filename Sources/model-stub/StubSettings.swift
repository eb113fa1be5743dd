/// What the command line fixes for the whole run.
struct StubSettings {
    /// Time before the first byte of each reply of the model.
    var latency = Duration.zero
    /// The fault of requests to the model for which nothing else names one.
    var fault: Fault?
    /// The share of them that it strikes, from 0 to 1.
    var faultRate = 1.0
    /// Fixes which ones those are.
    var seed: UInt64 = 1
    /// Requests a minute before 429 answers; nil: no limit and no headers about it.
    var requestsPerMinute: Int?
    /// How that minute is counted.
    var limitForm = RateLimiter.Form.bucket
}
