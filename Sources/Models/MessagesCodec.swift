import JSON
import Journal

/// Anthropic's Messages API as pure functions.
///
/// Facts: the API's own reference.
struct MessagesCodec: ProviderCodec {
    let provider: String
    let structuredOutput: AnthropicModel.StructuredOutput
    /// Sent when the request sets no limit: the API demands one.
    let defaultMaxTokens: Int

    func assembly() -> MessagesAssembly { MessagesAssembly() }

    /// The body of `POST /v1/messages`.
    func encode(_ request: ChatRequest, delivery: ReplyDelivery) -> JSONValue {
        var body: JSONObject = [
            "model": .string(request.model),
            "max_tokens": JSONValue(request.maxOutputTokens ?? defaultMaxTokens),
            "messages": .array(MessagesConversation(request.messages).turns),
        ]
        if let system = system(request) { body["system"] = .string(system) }
        // OpenAI's scale ends at 2, this one at 1.
        if let temperature = request.temperature {
            body["temperature"] = JSONValue(min(temperature, 1))
        }
        addTools(request, to: &body)
        if case .jsonSchema(_, let schema, _) = request.responseFormat, structuredOutput == .native
        {
            body["output_config"] = ["format": ["type": "json_schema", "schema": schema]]
        }
        if delivery == .stream { body["stream"] = true }
        return .object(body)
    }

    /// The tool by which the reply is written, when it is: its name is the schema's.
    func replyTool(_ request: ChatRequest) -> ToolDefinition? {
        guard structuredOutput == .tool,
            case .jsonSchema(let name, let schema, _) = request.responseFormat
        else { return nil }
        return ToolDefinition(
            name: name, description: "Gives the answer to the user.", parameters: schema)
    }

    /// The system messages as one. There is no mode for "any JSON object", so it is asked for.
    private func system(_ request: ChatRequest) -> String? {
        var texts = request.messages.filter { $0.role == .system }.compactMap(\.content)
        if request.responseFormat == .jsonObject {
            texts.append("Answer with one JSON object and nothing else.")
        }
        return texts.isEmpty ? nil : texts.joined(separator: "\n\n")
    }

    private func addTools(_ request: ChatRequest, to body: inout JSONObject) {
        let replyTool = replyTool(request)
        let tools = request.tools + [replyTool].compactMap { $0 }
        guard !tools.isEmpty else { return }
        body["tools"] = .array(
            tools.map { tool in
                [
                    "name": .string(tool.name), "description": .string(tool.description),
                    "input_schema": tool.parameters,
                ]
            })
        // With other tools beside it the model must be free to call those first.
        var choice: JSONObject =
            switch replyTool {
            case let tool? where request.tools.isEmpty:
                ["type": "tool", "name": .string(tool.name)]
            case _?: ["type": "any"]
            case nil: ["type": "auto"]
            }
        if !request.parallelToolCalls { choice["disable_parallel_tool_use"] = true }
        if choice != ["type": "auto"] { body["tool_choice"] = .object(choice) }
    }
}
