import JSON

/// What one model call used, in the normal form of every provider.
public struct CallUsage: Sendable, Hashable {
    /// All input tokens, cached ones included (Anthropic's are added up to that).
    public var inputTokens: Int
    /// All output tokens, reasoning included.
    public var outputTokens: Int
    /// The part of `inputTokens` read from the provider's cache.
    public var cachedTokens: Int
    /// The part of `inputTokens` written to the provider's cache by this call; it shares nothing
    /// with `cachedTokens`.
    public var cacheWriteTokens: Int
    /// The part of `cacheWriteTokens` that is kept for an hour or longer, where the provider tells:
    /// it has a price of its own.
    public var cacheWrite1hTokens: Int
    /// The part of `outputTokens` spent on reasoning.
    public var reasoningTokens: Int
    /// The provider's own total, or the sum when it gives none.
    public var totalTokens: Int
    /// Whether the figures are ours because the provider gave none.
    public var isEstimate: Bool
    /// The tier that really served the call where the provider tells; the price depends on it.
    public var serviceTier: String?
    /// The provider's usage object as it came.
    public var raw: JSONValue?

    public init(
        inputTokens: Int, outputTokens: Int, cachedTokens: Int = 0, cacheWriteTokens: Int = 0,
        cacheWrite1hTokens: Int = 0, reasoningTokens: Int = 0, totalTokens: Int? = nil,
        isEstimate: Bool = false, serviceTier: String? = nil, raw: JSONValue? = nil
    ) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cachedTokens = cachedTokens
        self.cacheWriteTokens = cacheWriteTokens
        self.cacheWrite1hTokens = cacheWrite1hTokens
        self.reasoningTokens = reasoningTokens
        self.totalTokens = totalTokens ?? inputTokens + outputTokens
        self.isEstimate = isEstimate
        self.serviceTier = serviceTier
        self.raw = raw
    }
}
