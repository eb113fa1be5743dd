/// Why an attempt, a run or a call failed; the one vocabulary of the ledger, the retry policy and
/// the engines.
public enum FailureClass: String, Sendable, Hashable, CaseIterable {
    /// No answer, or a broken one: DNS, connect, TLS, reset, truncated.
    case transport
    /// The provider asked to slow down (a temporary 429); its Retry-After is honoured.
    case rateLimited = "rate_limited"
    /// The provider answered with a fault of its own (5xx, overloaded, unusable body).
    case provider
    /// The reply did not pass validation and its corrections are spent.
    case validation
    /// Refused for its content: by a filter, or by the model itself.
    case contentPolicy = "content_policy"
    /// The request does not fit the model's context window, or the reply its output limit.
    case contextLength = "context_length"
    /// The job's, the run's or the call's time limit passed.
    case timeout
    /// A plugin action failed, or a limit of the run's own loop was met.
    case tool
    /// The job itself cannot be run: payload, agent or workflow are at fault.
    case invalidPayload = "invalid_payload"
    /// The provider account is out of credit, or its key is refused.
    case quota
    /// The worker died while it held the job.
    case crash
    /// The worker was stopped before the run ended.
    case shutdown
    /// Somebody cancelled the job.
    case cancelled
}
