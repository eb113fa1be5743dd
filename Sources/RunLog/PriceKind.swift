/// What a price is paid for. The raw values are the names in `import_model_prices`.
public enum PriceKind: String, Sendable, Hashable, CaseIterable {
    case input
    /// Input tokens read from the provider's cache.
    case cachedInput = "cached_input"
    /// Input tokens written to the provider's cache.
    case cacheWrite = "cache_write"
    /// The same, kept for an hour or longer.
    case cacheWrite1h = "cache_write_1h"
    case output
    /// Output tokens spent on reasoning, where they are not priced as output.
    case reasoning
    case audioInput = "audio_input"
    case audioOutput = "audio_output"
}
