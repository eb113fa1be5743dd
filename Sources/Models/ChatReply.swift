import Journal

/// A model's answer to one call.
public struct ChatReply: Sendable, Hashable {
    public var message: ChatMessage
    public var finishReason: FinishReason
    /// What the call used; an estimate, flagged as one, when the provider did not say.
    public var usage: CallUsage
    /// The model that answered as the provider names it, else the name that was asked for.
    public var model: String
    /// The provider that was called, such as `openai`.
    public var provider: String
    /// Size of the reply's body in bytes.
    public var responseBytes: Int
    /// The provider's id of the request, for its support; nil when it gives none.
    public var requestID: String?
    /// What the answer said about the account's rate limits; nil when it said nothing. True when
    /// it came, so it is not journalled with the reply.
    public var rateLimits: RateLimitReport?

    public init(
        message: ChatMessage, finishReason: FinishReason, usage: CallUsage, model: String,
        provider: String, responseBytes: Int = 0, requestID: String? = nil,
        rateLimits: RateLimitReport? = nil
    ) {
        self.message = message
        self.finishReason = finishReason
        self.usage = usage
        self.model = model
        self.provider = provider
        self.responseBytes = responseBytes
        self.requestID = requestID
        self.rateLimits = rateLimits
    }

    /// The failure this reply amounts to when its content was refused, by the model itself or by
    /// a filter; nil for an ordinary reply. The call was billed all the same.
    public var policyFailure: RunFailure? {
        if message.refusal != nil {
            return RunFailure(
                .contentPolicy, code: "MODEL_REFUSED",
                message: "The model declined to answer this request.", isPermanent: true)
        }
        if finishReason == .contentFilter {
            return RunFailure(
                .contentPolicy, code: "CONTENT_FILTERED",
                message: "The provider's content filter withheld the reply.", isPermanent: true)
        }
        return nil
    }

    /// The failure this reply amounts to when it was cut at the output limit; nil otherwise.
    /// For callers that need the whole text: a cut JSON is not mended.
    public var truncationFailure: RunFailure? {
        guard finishReason == .length else { return nil }
        return RunFailure(
            .contextLength, code: "OUTPUT_LIMIT_REACHED",
            message: "The reply was cut at its output limit; raise the limit or ask for less.",
            isPermanent: true)
    }
}
