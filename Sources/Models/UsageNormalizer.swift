import JSON
import Journal

/// Turns a provider's usage object into the normal form, whatever is wrong with it.
///
/// A figure that is missing, negative, fractional, larger than `limit` or at odds with the others
/// is replaced by the best guess, and the result is then flagged as an estimate: a ledger may
/// hold a guess, but never one that looks like a fact.
enum UsageNormalizer {
    /// The largest count taken seriously: what a 32-bit column of another application holds.
    static let limit = Int(Int32.max)

    /// Whether the input figure has the cached tokens in it. Mixing the two up counts them twice or
    /// not at all, so the codec says which it is; the members' names do not tell (a gateway may
    /// send both spellings).
    enum Convention {
        /// OpenAI: cached tokens are a part of the input, reasoning a part of the output.
        case cachedIncluded
        /// Anthropic: `input_tokens` leaves out what was read from and written to the cache.
        case cachedExcluded
    }

    /// Reads the spellings of chat completions, of the responses API and of messages. `usage` is
    /// nil, null or no object when the server gave none; then both figures are the estimates.
    static func normalize(
        _ usage: JSONValue?, as convention: Convention = .cachedIncluded, estimatedInput: Int,
        estimatedOutput: Int
    ) -> CallUsage {
        guard let usage, usage.objectValue != nil else {
            return CallUsage(
                inputTokens: estimatedInput, outputTokens: estimatedOutput, isEstimate: true)
        }
        var figures = Figures(usage)
        let total = figures.count(["total_tokens"])
        var input = figures.count(["prompt_tokens", "input_tokens"])
        let output = figures.count(["completion_tokens", "output_tokens"])
        var cached = figures.detail(
            ["prompt_tokens_details", "input_tokens_details"], "cached_tokens")
        var reasoning = figures.detail(
            ["completion_tokens_details", "output_tokens_details"], "reasoning_tokens")
        let written = figures.cacheWrite()
        if convention == .cachedExcluded {
            cached = figures.count(["cache_read_input_tokens"]) ?? 0
            input = input.map { $0 + cached + written.all }
            reasoning = figures.detail(["output_tokens_details"], "thinking_tokens")
        }
        var result = figures.settle(
            input: input, output: output, total: total, reasoning: reasoning,
            estimates: (estimatedInput, estimatedOutput))
        result.cachedTokens = figures.clamp(cached, to: result.inputTokens)
        result.cacheWriteTokens = figures.clamp(
            written.all, to: result.inputTokens - result.cachedTokens)
        result.cacheWrite1hTokens = figures.clamp(written.long, to: result.cacheWriteTokens)
        result.reasoningTokens = figures.clamp(reasoning, to: result.outputTokens)
        result.isEstimate = figures.isDoubtful
        result.raw = usage
        return result
    }

    /// Reads figures and remembers whether any of them is in doubt.
    private struct Figures {
        let usage: JSONValue
        var isDoubtful = false

        init(_ usage: JSONValue) { self.usage = usage }

        /// The first of the named members that is a count; nil when there is none.
        mutating func count(_ names: [String]) -> Int? {
            for name in names {
                if let value = usage[name], !value.isNull { return plausible(value) }
            }
            return nil
        }

        /// A member of the details object, whose absence is normal and means zero.
        mutating func detail(_ objects: [String], _ name: String) -> Int {
            for object in objects {
                if let value = usage[object]?[name], !value.isNull { return plausible(value) ?? 0 }
            }
            return 0
        }

        /// What was written to the cache, and what of it for an hour or longer. OpenAI keeps it
        /// among the input's details, with times to live of 30 minutes and of 12 hours; Anthropic,
        /// and a gateway before it, beside the input, with 5 minutes and one hour.
        mutating func cacheWrite() -> (all: Int, long: Int) {
            for details in ["prompt_tokens_details", "input_tokens_details"] {
                if let all = figure(details, "cache_write_tokens") {
                    let long = figure(details, "cache_write_tokens_details", "ttl_12h_tokens")
                    return (all, long ?? 0)
                }
            }
            let long = figure("cache_creation", "ephemeral_1h_input_tokens") ?? 0
            let short = figure("cache_creation", "ephemeral_5m_input_tokens") ?? 0
            return (figure("cache_creation_input_tokens") ?? long + short, long)
        }

        /// The count at the end of a path; nil when there is none.
        private mutating func figure(_ path: String...) -> Int? {
            var value = usage
            for name in path {
                guard let member = value[name], !member.isNull else { return nil }
                value = member
            }
            return plausible(value)
        }

        mutating func clamp(_ part: Int, to whole: Int) -> Int {
            if part > whole { isDoubtful = true }
            return min(part, whole)
        }

        private mutating func plausible(_ value: JSONValue) -> Int? {
            if let count = value.intValue, (0...UsageNormalizer.limit).contains(count) {
                return count
            }
            isDoubtful = true
            return nil
        }

        mutating func settle(
            input: Int?, output: Int?, total: Int?, reasoning: Int, estimates: (Int, Int)
        ) -> CallUsage {
            guard let input, let output else {
                isDoubtful = true
                return partial(input: input, output: output, total: total, estimates: estimates)
            }
            // No request is empty, so nothing at all means that the server does not count.
            if input == 0, output == 0 {
                isDoubtful = true
                return CallUsage(inputTokens: estimates.0, outputTokens: estimates.1)
            }
            guard let total, total != input + output else {
                return CallUsage(inputTokens: input, outputTokens: output)
            }
            // Some servers count reasoning beside the completion and not inside it.
            if reasoning > 0, total == input + output + reasoning {
                return CallUsage(inputTokens: input, outputTokens: output + reasoning)
            }
            isDoubtful = true
            return CallUsage(inputTokens: input, outputTokens: output)
        }

        /// One figure or both are missing (older versions of Ollama omit the prompt's when it was
        /// cached): the total gives it away if it is larger than the other.
        private func partial(
            input: Int?, output: Int?, total: Int?, estimates: (Int, Int)
        ) -> CallUsage {
            let total = total ?? 0
            let input = input ?? (output.map { total - $0 }).flatMap { $0 > 0 ? $0 : nil }
            let output = output ?? (input.map { total - $0 }).flatMap { $0 > 0 ? $0 : nil }
            return CallUsage(
                inputTokens: input ?? estimates.0, outputTokens: output ?? estimates.1)
        }
    }
}
