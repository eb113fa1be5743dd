import JSON

/// What a script's entry answers with.
enum ScriptReply {
    /// Text.
    case content(String, finishReason: String?)
    /// JSON, as the message's text.
    case json(JSONValue)
    /// Tool calls.
    case toolCalls([ToolCall])
    /// A refusal in place of content.
    case refusal(String)

    /// Reads `{"content"}`, `{"json"}`, `{"tool_calls"}` or `{"refusal"}`.
    init(_ json: JSONValue, path: String) throws(ScriptError) {
        guard let object = json.objectValue else {
            throw ScriptError(path: path, reason: "must be an object")
        }
        try ScriptError.checkKeys(
            object, known: ["content", "json", "tool_calls", "refusal", "finish_reason"],
            path: path)
        if let calls = object["tool_calls"] {
            guard let list = calls.arrayValue else {
                throw ScriptError(path: "\(path).tool_calls", reason: "must be an array")
            }
            var read: [ToolCall] = []
            for (index, call) in list.enumerated() {
                guard let name = call["name"]?.stringValue else {
                    throw ScriptError(
                        path: "\(path).tool_calls[\(index)]", reason: "needs a name")
                }
                let arguments = call["arguments"] ?? .object([:])
                read.append(
                    ToolCall(name: name, arguments: arguments.stringValue ?? arguments.serialized))
            }
            self = .toolCalls(read)
        } else if let value = object["json"] {
            self = .json(value)
        } else if let text = object["refusal"]?.stringValue {
            self = .refusal(text)
        } else if let text = object["content"]?.stringValue {
            self = .content(text, finishReason: object["finish_reason"]?.stringValue)
        } else {
            throw ScriptError(
                path: path, reason: "needs one of content, json, tool_calls, refusal")
        }
    }
}
