import JSON
import Models

/// Reads the result of a tool call.
struct MCPAnswer {
    let functionName: String
    let result: JSONValue

    /// What the tool wants to know first; nil when the result is the result.
    var isInputRequired: Bool { result["resultType"]?.stringValue == "input_required" }

    func toolResult() -> ToolResult {
        if isInputRequired { return question() }
        guard result["content"]?.arrayValue != nil || result["structuredContent"] != nil else {
            return .failure(
                ToolError(
                    code: ToolError.Code.invalidResponse,
                    message: "\(functionName) answered with something that is no result",
                    isOutcomeUnknown: true))
        }
        if result["isError"]?.boolValue == true { return failure() }
        let data = self.data
        return ToolResult(success: true, data: data, itemsReturned: ItemCount.of(data))
    }

    private func question() -> ToolResult {
        guard let request = ToolInputRequest(result: result) else {
            return .failure(
                ToolError(
                    code: ToolError.Code.invalidResponse,
                    message: "\(functionName) asks for something that no person can give"))
        }
        var answer = ToolResult.failure(
            ToolError(
                code: ToolError.Code.inputRequired,
                message: "\(functionName) needs an answer from a person first"))
        answer.inputRequest = request
        return answer
    }

    private func failure() -> ToolResult {
        .failure(
            ToolError(
                code: ToolError.Code.failed, message: "\(functionName) reported an error",
                detail: texts.isEmpty
                    ? nil : Redaction.scrub(texts.joined(separator: "\n"), limit: 2000)))
    }

    private var content: [JSONValue] { result["content"]?.arrayValue ?? [] }

    private var texts: [String] {
        content.filter { $0["type"] == "text" }.compactMap { $0["text"]?.stringValue }
    }

    /// The structured content where there is one; else JSON where one text is that; else
    /// `{"text"}`. Links and embedded resources stand under `resources`, and of pictures and sounds
    /// it is told under `media` that there were some: their bytes are of no use to a text model.
    private var data: JSONValue {
        var data = result["structuredContent"].flatMap { $0.isNull ? nil : $0 } ?? textData
        let others: [(String, [JSONValue])] = [("resources", resources), ("media", media)]
        for (key, values) in others where !values.isEmpty {
            if data.isNull { data = [:] }
            if data.objectValue == nil { data = ["value": data] }
            if data[key] == nil { data[key] = .array(values) }
        }
        return data
    }

    private var textData: JSONValue {
        guard !texts.isEmpty else { return .null }
        if texts.count == 1, let value = try? JSONValue(parsing: texts[0], limits: limits),
            value.objectValue != nil || value.arrayValue != nil
        {
            return value
        }
        return ["text": .string(texts.joined(separator: "\n"))]
    }

    private var limits: JSONLimits { JSONLimits(maxDepth: 64) }

    private var resources: [JSONValue] {
        content.compactMap { item in
            switch item["type"]?.stringValue {
            case "resource_link": Self.members(item, ["uri", "name", "mimeType", "description"])
            case "resource": item["resource"].map { Self.members($0, ["uri", "mimeType", "text"]) }
            default: nil
            }
        }
    }

    private var media: [JSONValue] {
        content.filter { ["image", "audio"].contains($0["type"]?.stringValue) }.map { item in
            var value = Self.members(item, ["type", "mimeType"])
            // Base64.
            value["bytes"] = JSONValue((item["data"]?.stringValue?.utf8.count ?? 0) / 4 * 3)
            return value
        }
    }

    private static func members(_ value: JSONValue, _ names: [String]) -> JSONValue {
        .object(JSONObject(names.compactMap { name in value[name].map { (name, $0) } }))
    }
}
