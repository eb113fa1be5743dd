import JSON

extension ChatCompletionsCodec {
    /// The body of `POST /chat/completions`.
    ///
    /// Only what differs from the protocol's defaults is sent: some servers (vLLM) refuse a request
    /// for a single parameter they do not know.
    public func encode(_ request: ChatRequest, delivery: ReplyDelivery = .whole) -> JSONValue {
        var body: JSONObject = [
            "model": .string(request.model),
            "messages": .array(request.messages.map(encode)),
        ]
        if let temperature = request.temperature { body["temperature"] = JSONValue(temperature) }
        if let limit = request.maxOutputTokens {
            switch outputLimit {
            case .maxCompletionTokens: body["max_completion_tokens"] = JSONValue(limit)
            case .maxTokens: body["max_tokens"] = JSONValue(limit)
            }
        }
        if !request.tools.isEmpty {
            body["tools"] = .array(request.tools.map(encode))
            if !request.parallelToolCalls { body["parallel_tool_calls"] = false }
        }
        body["response_format"] = encode(request.responseFormat)
        if delivery == .stream {
            body["stream"] = true
            body["stream_options"] = ["include_usage": true]
        }
        return .object(body)
    }

    private func encode(_ message: ChatMessage) -> JSONValue {
        var members: JSONObject = ["role": .string(message.role.rawValue)]
        members["content"] = message.content.map { .string($0) } ?? .null
        if !message.toolCalls.isEmpty {
            members["tool_calls"] = .array(message.toolCalls.map(encode))
        }
        if let id = message.toolCallID { members["tool_call_id"] = .string(id) }
        if let refusal = message.refusal { members["refusal"] = .string(refusal) }
        return .object(members)
    }

    private func encode(_ call: ToolCallRequest) -> JSONValue {
        [
            "id": .string(call.id), "type": "function",
            "function": ["name": .string(call.name), "arguments": .string(call.arguments)],
        ]
    }

    private func encode(_ tool: ToolDefinition) -> JSONValue {
        [
            "type": "function",
            "function": [
                "name": .string(tool.name), "description": .string(tool.description),
                "parameters": tool.parameters,
            ],
        ]
    }

    private func encode(_ format: ResponseFormat) -> JSONValue? {
        switch format {
        case .text: nil
        case .jsonObject: ["type": "json_object"]
        case .jsonSchema(let name, let schema, let strict):
            [
                "type": "json_schema",
                "json_schema": [
                    "name": .string(name), "strict": .bool(strict), "schema": schema,
                ],
            ]
        }
    }
}
