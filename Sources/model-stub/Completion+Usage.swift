import JSON

extension Completion {
    /// Fills in the usage object: the script's, else an estimate, either changed by the fault.
    ///
    /// Of 1,024 input tokens and more, half count as read from the provider's cache, in steps of
    /// 128.
    mutating func account(promptTokens: Int, scripted: JSONValue?, fault: Fault?) {
        let cached = promptTokens < 1_024 ? 0 : promptTokens / 2 / 128 * 128
        usage =
            scripted
            ?? Self.usage(
                prompt: promptTokens, cached: cached, completion: completionTokens,
                reasoning: reasoningTokens)
        switch fault?.kind {
        case .nousage: usage = nil
        case .negativeusage:
            usage = Self.usage(prompt: -7, cached: -1, completion: -3, reasoning: -1)
        case .hugeusage:
            usage = Self.usage(
                prompt: 9_000_000_000, cached: 0, completion: 9_000_000_000, reasoning: 0)
        default: break
        }
    }

    private static func usage(
        prompt: Int, cached: Int, completion: Int, reasoning: Int
    ) -> JSONValue {
        [
            "prompt_tokens": .init(prompt),
            "completion_tokens": .init(completion),
            "total_tokens": .init(prompt + completion),
            "prompt_tokens_details": ["cached_tokens": .init(cached), "audio_tokens": 0],
            "completion_tokens_details": [
                "reasoning_tokens": .init(reasoning), "audio_tokens": 0,
                "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0,
            ],
        ]
    }
}
