/// What a failed call shows of its provider.
public enum ProviderSign: Sendable, Hashable {
    /// It refused the call for a limit.
    case refused(ProviderRefusal)
    /// It answered: it is there, and takes calls.
    case answered
    /// No answer, or one that shows a fault of its own.
    case silent
}

/// A provider's refusal of a call that is no fault of the call.
public struct ProviderRefusal: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        /// Too many calls or tokens (a temporary 429).
        case rateLimit = "rate_limit"
        /// It cannot serve anybody just now (503, 529).
        case overload
        /// The account is out of credit or over its spending limit: no waiting mends that.
        case quota
    }

    public var kind: Kind
    /// How long it asked to wait, if it did.
    public var retryAfter: Duration?
    /// Its status and code, safe to show.
    public var reason: String
    /// The failure of the run, when it is told.
    public var failure: RunFailure

    public init(kind: Kind, retryAfter: Duration?, reason: String, failure: RunFailure) {
        self.kind = kind
        self.retryAfter = retryAfter
        self.reason = reason
        self.failure = failure
    }
}

/// An error of a model call that says what it shows of the provider.
public protocol ProviderReporting: Error {
    var providerSign: ProviderSign { get }
    /// What the answer said about the account's rate limits; nil when it said nothing.
    var rateLimits: RateLimitReport? { get }
}
