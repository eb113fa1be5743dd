import JSON

extension CallUsage: Journalled {
    public init(journalled: JSONValue) throws {
        let usage = JSONReader(journalled)
        self.init(
            inputTokens: try usage.required("input").int(),
            outputTokens: try usage.required("output").int(),
            cachedTokens: try usage.required("cached").int(),
            // Absent in what an earlier version journalled.
            cacheWriteTokens: try usage.optional("cache_write")?.int() ?? 0,
            cacheWrite1hTokens: try usage.optional("cache_write_1h")?.int() ?? 0,
            reasoningTokens: try usage.required("reasoning").int(),
            totalTokens: try usage.required("total").int(),
            isEstimate: try usage.required("is_estimate").bool(),
            serviceTier: try usage.optional("service_tier")?.string(),
            raw: usage.optional("raw")?.value)
    }

    public var journalled: JSONValue {
        var usage: JSONObject = [
            "input": JSONValue(inputTokens), "output": JSONValue(outputTokens),
            "cached": JSONValue(cachedTokens), "reasoning": JSONValue(reasoningTokens),
            "total": JSONValue(totalTokens), "is_estimate": .bool(isEstimate),
        ]
        if cacheWriteTokens > 0 { usage["cache_write"] = JSONValue(cacheWriteTokens) }
        if cacheWrite1hTokens > 0 { usage["cache_write_1h"] = JSONValue(cacheWrite1hTokens) }
        usage["service_tier"] = serviceTier.map { .string($0) }
        usage["raw"] = raw
        return .object(usage)
    }
}
