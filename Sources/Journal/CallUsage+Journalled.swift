import JSON

extension CallUsage: Journalled {
    public init(journalled: JSONValue) throws {
        let usage = JSONReader(journalled)
        self.init(
            inputTokens: try usage.required("input").int(),
            outputTokens: try usage.required("output").int(),
            cachedTokens: try usage.required("cached").int(),
            reasoningTokens: try usage.required("reasoning").int(),
            totalTokens: try usage.required("total").int(),
            isEstimate: try usage.required("is_estimate").bool(),
            raw: usage.optional("raw")?.value)
    }

    public var journalled: JSONValue {
        var usage: JSONObject = [
            "input": JSONValue(inputTokens), "output": JSONValue(outputTokens),
            "cached": JSONValue(cachedTokens), "reasoning": JSONValue(reasoningTokens),
            "total": JSONValue(totalTokens), "is_estimate": .bool(isEstimate),
        ]
        usage["raw"] = raw
        return .object(usage)
    }
}
