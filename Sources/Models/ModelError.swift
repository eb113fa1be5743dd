import Journal

/// A model call that gave no reply: why, what it cost, and when to try again.
public struct ModelError: Error, SpendReporting, Sendable, Hashable, CustomStringConvertible {
    public var failureClass: FailureClass
    /// The HTTP status; nil when no answer came.
    public var status: Int?
    /// The provider's own code, such as `context_length_exceeded`; without an answer the
    /// transport's, such as `reset`; nil when there is none.
    public var providerCode: String?
    /// Scrubbed of keys, at most 500 characters, and never the prompt.
    public var message: String
    /// How long the provider asked to wait, if it did.
    public var retryAfter: Duration?
    public var spend: Spend
    /// Whether another attempt may help at all, whatever the class usually means.
    public var isPermanent: Bool
    /// What the answer said about the account's rate limits; nil when it said nothing.
    public var rateLimits: RateLimitReport?

    public init(
        _ failureClass: FailureClass, status: Int? = nil, providerCode: String? = nil,
        message: String, retryAfter: Duration? = nil, spend: Spend, isPermanent: Bool? = nil,
        rateLimits: RateLimitReport? = nil
    ) {
        self.failureClass = failureClass
        self.status = status
        self.providerCode = providerCode
        self.message = Redaction.scrub(message, limit: 500)
        self.retryAfter = retryAfter
        self.spend = spend
        self.isPermanent = isPermanent ?? Self.isPermanent(failureClass)
        self.rateLimits = rateLimits
    }

    /// The code the ledger keeps: the provider's own, else the class.
    public var ledgerCode: String { providerCode ?? failureClass.rawValue }
    public var ledgerMessage: String { message }

    /// The run's failure when nothing is to be done about this error.
    public var runFailure: RunFailure {
        RunFailure(
            failureClass, code: ledgerCode, message: message, retryAfter: retryAfter,
            isPermanent: isPermanent)
    }

    public var description: String { "\(ledgerCode): \(message)" }

    private static func isPermanent(_ failureClass: FailureClass) -> Bool {
        switch failureClass {
        case .contentPolicy, .contextLength, .invalidPayload, .quota, .validation: true
        case .transport, .rateLimited, .provider, .timeout, .tool, .crash, .shutdown, .cancelled:
            false
        }
    }
}
