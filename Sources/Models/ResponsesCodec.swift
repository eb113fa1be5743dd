import JSON
import Journal

/// OpenAI's Responses API as pure functions.
///
/// Facts: the API's own reference. The conversation is sent whole with each call; nothing is kept
/// at the provider (`store: false`), except what background mode needs.
struct ResponsesCodec: ProviderCodec {
    let provider: String
    /// Whether the call is to go on at the provider after the answer to its submission.
    var isBackground = false

    func assembly() -> ResponsesAssembly { ResponsesAssembly() }

    /// The body of `POST /responses`.
    ///
    /// A tool call is given back without the item's own id, only with its `call_id`: with the id
    /// the API demands the reasoning item that went before it, which is not kept.
    func encode(_ request: ChatRequest, delivery: ReplyDelivery) -> JSONValue {
        var body: JSONObject = [
            "model": .string(request.model),
            "input": .array(request.messages.flatMap(Self.items)),
        ]
        if let temperature = request.temperature { body["temperature"] = JSONValue(temperature) }
        if let limit = request.maxOutputTokens { body["max_output_tokens"] = JSONValue(limit) }
        if !request.tools.isEmpty {
            body["tools"] = .array(request.tools.map(Self.tool))
            if !request.parallelToolCalls { body["parallel_tool_calls"] = false }
        }
        if let format = Self.format(request.responseFormat) { body["text"] = ["format": format] }
        if isBackground {
            // `store` is left out: the answer is kept for the minutes that polling needs.
            body["background"] = true
        } else {
            body["store"] = false
        }
        if delivery == .stream { body["stream"] = true }
        return .object(body)
    }

    private static func items(_ message: ChatMessage) -> [JSONValue] {
        if message.role == .tool {
            return [
                [
                    "type": "function_call_output",
                    "call_id": .string(message.toolCallID ?? ""),
                    "output": .string(message.content ?? ""),
                ]
            ]
        }
        var items: [JSONValue] = []
        if let text = message.content ?? message.refusal {
            items.append(["role": .string(message.role.rawValue), "content": .string(text)])
        }
        items += message.toolCalls.map { call in
            [
                "type": "function_call", "call_id": .string(call.id), "name": .string(call.name),
                "arguments": .string(call.arguments),
            ]
        }
        return items
    }

    /// Functions are strict here unless they say otherwise, and a tool's schema is what its
    /// author wrote.
    private static func tool(_ tool: ToolDefinition) -> JSONValue {
        [
            "type": "function", "name": .string(tool.name),
            "description": .string(tool.description), "parameters": tool.parameters,
            "strict": false,
        ]
    }

    private static func format(_ format: ResponseFormat) -> JSONValue? {
        switch format {
        case .text: nil
        case .jsonObject: ["type": "json_object"]
        case .jsonSchema(let name, let schema, let strict):
            [
                "type": "json_schema", "name": .string(name), "strict": .bool(strict),
                "schema": schema,
            ]
        }
    }
}
