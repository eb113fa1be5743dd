/// What an answer's headers say about the account's rate limits.
public struct RateLimitReport: Sendable, Hashable {
    /// One limit: a bucket that refills steadily.
    public struct Bucket: Sendable, Hashable {
        /// The bucket's size, a minute's worth as a rule; nil when the provider does not say.
        public var limit: Int?
        /// What is left; nil when the provider does not say.
        public var remaining: Int?
        /// Time until the bucket is full again, not until one request fits; nil when unknown.
        public var reset: Duration?

        public init(limit: Int? = nil, remaining: Int? = nil, reset: Duration? = nil) {
            self.limit = limit
            self.remaining = remaining
            self.reset = reset
        }

        /// How fast the bucket refills, per second: (limit - remaining) / reset. nil when a figure
        /// is missing, or the bucket is full and so says nothing about its rate.
        public var refillPerSecond: Double? {
            guard let limit, let remaining, let reset, reset > .zero, limit > remaining else {
                return nil
            }
            return Double(limit - remaining) / (reset / .seconds(1))
        }

        /// Whether nothing is left.
        public var isEmpty: Bool { remaining == 0 }
    }

    public var requests: Bucket?
    /// Input and output together.
    public var tokens: Bucket?
    public var inputTokens: Bucket?
    public var outputTokens: Bucket?

    public init(
        requests: Bucket? = nil, tokens: Bucket? = nil, inputTokens: Bucket? = nil,
        outputTokens: Bucket? = nil
    ) {
        self.requests = requests
        self.tokens = tokens
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
    }

    /// Those the provider told of.
    public var buckets: [Bucket] {
        [requests, tokens, inputTokens, outputTokens].compactMap { $0 }
    }
}
