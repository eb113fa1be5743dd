import JSON

/// One model call: a conversation to be continued by one message.
public struct ChatRequest: Sendable, Hashable {
    /// The model's name as its provider knows it, without a provider prefix.
    public var model: String
    public var messages: [ChatMessage]
    /// The functions the model may call.
    public var tools: [ToolDefinition]
    /// nil leaves the provider's default; reasoning models refuse any other.
    public var temperature: Double?
    /// The most tokens the reply may have, reasoning included; nil leaves the provider's limit.
    public var maxOutputTokens: Int?
    public var responseFormat: ResponseFormat
    /// Whether one reply may ask for several tool calls at once.
    public var parallelToolCalls: Bool
    /// Time limit of the whole call.
    public var timeout: Duration

    public init(
        model: String, messages: [ChatMessage], tools: [ToolDefinition] = [],
        temperature: Double? = nil, maxOutputTokens: Int? = nil,
        responseFormat: ResponseFormat = .text, parallelToolCalls: Bool = true,
        timeout: Duration = .seconds(300)
    ) {
        self.model = model
        self.messages = messages
        self.tools = tools
        self.temperature = temperature
        self.maxOutputTokens = maxOutputTokens
        self.responseFormat = responseFormat
        self.parallelToolCalls = parallelToolCalls
        self.timeout = timeout
    }

    /// The prompt's size in tokens, estimated: characters / 4, rounded up, over everything that
    /// is sent to be read by the model (messages, tool definitions, the reply's schema).
    public var estimatedInputTokens: Int {
        var estimate = TokenEstimate()
        for message in messages { estimate.add(message) }
        for tool in tools {
            estimate.add(tool.name)
            estimate.add(tool.description)
            estimate.add(tool.parameters.serialized)
        }
        if case .jsonSchema(_, let schema, _) = responseFormat {
            estimate.add(schema.serialized)
        }
        return estimate.tokens
    }

    /// More tokens than the prompt can have: one for each byte (a tokenizer's smallest piece is a
    /// byte), and what providers put around messages and tool definitions.
    ///
    /// OpenAI adds up to 7 tokens a message and about as many a function and parameter; Anthropic
    /// puts a system prompt of up to some 700 tokens before tool definitions.
    public var maxInputTokens: Int {
        var bytes = 0
        for message in messages {
            bytes += (message.content?.utf8.count ?? 0) + (message.refusal?.utf8.count ?? 0)
            for call in message.toolCalls {
                bytes += call.name.utf8.count + call.arguments.utf8.count
            }
        }
        for tool in tools {
            bytes +=
                tool.name.utf8.count + tool.description.utf8.count
                + tool.parameters.serializedBytes.count
        }
        if case .jsonSchema(_, let schema, _) = responseFormat {
            bytes += schema.serializedBytes.count
        }
        let calls = messages.reduce(0) { $0 + $1.toolCalls.count }
        return bytes + 16 + 16 * (messages.count + calls) + 32 * tools.count
            + (tools.isEmpty ? 0 : 768)
    }
}
