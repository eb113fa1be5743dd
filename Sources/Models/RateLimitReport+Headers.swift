import FoundationEssentials
import HTTP
import Journal

extension RateLimitReport {
    /// Reads the headers of an answer that came at `now`; nil when none of them is there.
    ///
    /// | provider | names | reset |
    /// |---|---|---|
    /// | OpenAI | `x-ratelimit-{limit,remaining,reset}-{requests,tokens}`, also for the project and usage based | `6m0s`, `12ms` |
    /// | Azure | the same | whole seconds, `0` or `-1` when unknown |
    /// | Anthropic | `anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset}` | RFC 3339 time |
    /// | LiteLLM | limit and remaining only; the provider's own as `llm_provider-…` | – |
    public init?(_ headers: HTTPHeaders, now: Date) {
        let reader = RateLimitHeaders(headers: headers, now: now)
        self.init(
            requests: reader.bucket("requests"), tokens: reader.bucket("tokens"),
            inputTokens: reader.bucket("input-tokens"), outputTokens: reader.bucket("output-tokens")
        )
        if buckets.isEmpty { return nil }
    }

    /// How long a refused request should wait by these limits: until the empty buckets are full,
    /// which is an upper bound; where none is known to be empty, the shortest reset. nil when
    /// unknown.
    var suggestedDelay: Duration? {
        let empty = buckets.filter(\.isEmpty)
        if !empty.isEmpty { return empty.compactMap(\.reset).max() }
        return buckets.compactMap(\.reset).min()
    }
}
