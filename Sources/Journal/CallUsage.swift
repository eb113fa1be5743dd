import JSON

/// What one model call used, in the normal form of every provider.
public struct CallUsage: Sendable, Hashable {
    /// All input tokens, cached ones included (Anthropic's are added up to that).
    public var inputTokens: Int
    /// All output tokens, reasoning included.
    public var outputTokens: Int
    /// The part of `inputTokens` read from the provider's cache.
    public var cachedTokens: Int
    /// The part of `outputTokens` spent on reasoning.
    public var reasoningTokens: Int
    /// The provider's own total, or the sum when it gives none.
    public var totalTokens: Int
    /// Whether the figures are ours because the provider gave none.
    public var isEstimate: Bool
    /// The provider's usage object as it came.
    public var raw: JSONValue?

    public init(
        inputTokens: Int, outputTokens: Int, cachedTokens: Int = 0, reasoningTokens: Int = 0,
        totalTokens: Int? = nil, isEstimate: Bool = false, raw: JSONValue? = nil
    ) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cachedTokens = cachedTokens
        self.reasoningTokens = reasoningTokens
        self.totalTokens = totalTokens ?? inputTokens + outputTokens
        self.isEstimate = isEstimate
        self.raw = raw
    }
}
