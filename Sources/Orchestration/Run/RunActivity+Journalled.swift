import JSON
import Tools

extension RunActivity {
    /// Reads what an LLM step that failed did.
    init(journalled json: JSONValue?) {
        func texts(_ key: String) -> [String] {
            (json?[key]?.arrayValue ?? []).compactMap(\.stringValue)
        }
        self.init()
        iterations = json?["iterations"]?.intValue ?? 0
        toolCalls = (json?["toolCalls"]?.arrayValue ?? []).map { ToolCallRecord(journalled: $0) }
        toolTimeMs = json?["toolTimeMs"]?.intValue ?? 0
        model = json?["model"]?.stringValue
        provider = json?["provider"]?.stringValue
        models = texts("models")
        pluginsUsed = texts("pluginsUsed")
    }

    var journalled: JSONValue {
        func array(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
        return [
            "iterations": JSONValue(iterations), "toolCalls": .array(toolCalls.map(\.json)),
            "toolTimeMs": JSONValue(toolTimeMs), "model": model.map { .string($0) } ?? .null,
            "provider": provider.map { .string($0) } ?? .null, "models": array(models),
            "pluginsUsed": array(pluginsUsed),
        ]
    }
}
