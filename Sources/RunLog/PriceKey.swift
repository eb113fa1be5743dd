/// What a member of a price list's entry prices: `input_cost_per_token_above_272k_tokens_priority` is input, above
/// 272,000 tokens, in the priority tier.
///
/// The grammar is that of the common model-price JSON: a base name, then `_above_1hr` for the
/// longer-lived cache, `_above_<n>k_tokens`, and the tier as one word.
struct PriceKey: Sendable, Hashable {
    /// The tier of what names none.
    static let standardTier = "standard"

    var kind: PriceKind
    var tier = standardTier
    /// The price counts for calls with more input tokens than this.
    var aboveTokens = 0

    private static let bases: [(name: String, kind: PriceKind)] = [
        ("input_cost_per_token", .input),
        ("output_cost_per_token", .output),
        ("cache_read_input_token_cost", .cachedInput),
        ("cache_creation_input_token_cost", .cacheWrite),
        ("output_cost_per_reasoning_token", .reasoning),
        ("input_cost_per_audio_token", .audioInput),
        ("output_cost_per_audio_token", .audioOutput),
    ]

    init(kind: PriceKind, tier: String = standardTier, aboveTokens: Int = 0) {
        self.kind = kind
        self.tier = tier
        self.aboveTokens = aboveTokens
    }

    /// nil for a member that prices none of these.
    init?(member: String) {
        guard let base = Self.bases.first(where: { member.hasPrefix($0.name) }) else { return nil }
        kind = base.kind
        var rest = member.dropFirst(base.name.count)
        if kind == .cacheWrite, let after = Self.drop("_above_1hr", from: rest) {
            kind = .cacheWrite1h
            rest = after
        }
        if let step = rest.prefixMatch(of: #/_above_(\d{1,9})(k?)_tokens/#) {
            guard let number = Int(step.output.1) else { return nil }
            aboveTokens = number * (step.output.2.isEmpty ? 1 : 1000)
            rest = rest[step.range.upperBound...]
        }
        guard !rest.isEmpty else { return }
        guard let word = rest.wholeMatch(of: #/_([a-z]+)/#) else { return nil }
        tier = word.output.1 == "batches" ? "batch" : String(word.output.1)
    }

    private static func drop(_ prefix: String, from text: Substring) -> Substring? {
        text.hasPrefix(prefix) ? text.dropFirst(prefix.count) : nil
    }
}
