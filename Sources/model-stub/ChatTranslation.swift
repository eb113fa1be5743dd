import JSON

/// Turns a request of another protocol into one of chat completions, so that scripts and the
/// built-in model know only that.
enum ChatTranslation {
    /// The body in the form of chat completions.
    static func chat(_ body: JSONValue, from endpoint: ModelEndpoint) -> JSONValue {
        switch endpoint {
        case .chatCompletions: body
        case .responses: responses(body)
        case .messages: messages(body)
        }
    }

    // MARK: The Responses API

    private static func responses(_ body: JSONValue) -> JSONValue {
        var messages: [JSONValue] = []
        if let text = body["instructions"]?.stringValue { messages.append(message("system", text)) }
        if let text = body["input"]?.stringValue { messages.append(message("user", text)) }
        messages += (body["input"]?.arrayValue ?? []).map { item in
            switch item["type"]?.stringValue {
            case "function_call":
                toolCalls([function(item["name"], item["arguments"]?.stringValue ?? "")])
            case "function_call_output": message("tool", text(item["output"]))
            default: message(item["role"]?.stringValue ?? "", text(item["content"]))
            }
        }
        var chat = common(body, messages: messages)
        chat["tools"] = (body["tools"]?.arrayValue).map { tools in
            .array(tools.map { tool(name: $0["name"], schema: $0["parameters"]) })
        }
        let choice = body["tool_choice"]
        chat["tool_choice"] = choice?["name"].map { ["function": ["name": $0]] } ?? choice
        if let format = body["text"]?["format"] {
            chat["response_format"] = responseFormat(format)
        }
        return chat
    }

    // MARK: Messages

    private static func messages(_ body: JSONValue) -> JSONValue {
        var messages: [JSONValue] = []
        if let system = body["system"] { messages.append(message("system", text(system))) }
        for turn in body["messages"]?.arrayValue ?? [] { messages += self.turn(turn) }
        var chat = common(body, messages: messages)
        chat["tools"] = (body["tools"]?.arrayValue).map { tools in
            .array(tools.map { tool(name: $0["name"], schema: $0["input_schema"]) })
        }
        if let choice = body["tool_choice"] {
            chat["tool_choice"] =
                choice["name"].map { ["function": ["name": $0]] }
                ?? (choice["type"] == "any" ? "required" : choice["type"])
        }
        if let format = body["output_config"]?["format"] {
            chat["response_format"] = responseFormat(format)
        }
        return chat
    }

    /// A turn's blocks: answers to tools are messages of their own.
    private static func turn(_ turn: JSONValue) -> [JSONValue] {
        let role = turn["role"]?.stringValue ?? ""
        let blocks = turn["content"]?.arrayValue ?? []
        var messages = blocks.filter { $0["type"] == "tool_result" }
            .map { message("tool", text($0["content"])) }
        let calls = blocks.filter { $0["type"] == "tool_use" }
            .map { function($0["name"], $0["input"]?.serialized ?? "{}") }
        if !calls.isEmpty { messages.append(toolCalls(calls)) }
        let words = text(turn["content"])
        if !words.isEmpty || messages.isEmpty { messages.append(message(role, words)) }
        return messages
    }

    // MARK: Parts

    private static func common(_ body: JSONValue, messages: [JSONValue]) -> JSONValue {
        var chat: JSONObject = ["messages": .array(messages)]
        for name in ["model", "stream"] { chat[name] = body[name] }
        // Neither protocol has to be asked for usage in a stream.
        chat["stream_options"] = ["include_usage": true]
        return .object(chat)
    }

    private static func message(_ role: String, _ text: String) -> JSONValue {
        ["role": .string(role), "content": .string(text)]
    }

    private static func toolCalls(_ calls: [JSONValue]) -> JSONValue {
        ["role": "assistant", "content": .null, "tool_calls": .array(calls)]
    }

    private static func function(_ name: JSONValue?, _ arguments: String) -> JSONValue {
        ["function": ["name": name ?? .null, "arguments": .string(arguments)]]
    }

    private static func tool(name: JSONValue?, schema: JSONValue?) -> JSONValue {
        ["function": ["name": name ?? .null, "parameters": schema ?? [:]]]
    }

    private static func responseFormat(_ format: JSONValue) -> JSONValue {
        [
            "type": format["type"] ?? .null,
            "json_schema": ["schema": format["schema"] ?? true],
        ]
    }

    /// A text, or the texts of a list of parts.
    private static func text(_ content: JSONValue?) -> String {
        content?.stringValue
            ?? (content?.arrayValue ?? []).compactMap { $0["text"]?.stringValue }.joined()
    }
}
