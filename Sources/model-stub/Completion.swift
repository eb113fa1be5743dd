import JSON

/// The answer of the model, before it is given the form of a reply.
struct Completion {
    /// The message's text; nil with tool calls or a refusal.
    var content: String?
    /// Tool calls of the message.
    var toolCalls: [ToolCall] = []
    /// A refusal in place of content.
    var refusal: String?
    /// stop, length, tool_calls or content_filter.
    var finishReason = "stop"
    /// Tokens spent on thinking, which count as output.
    var reasoningTokens = 0
    /// The usage object; nil leaves it out.
    var usage: JSONValue?

    /// An answer in words.
    init(text: String) { content = text }

    /// An answer in JSON.
    init(json: JSONValue) { content = json.serialized }

    /// Tool calls.
    init(toolCalls: [ToolCall]) {
        self.toolCalls = toolCalls
        finishReason = "tool_calls"
    }

    /// A refusal.
    init(refusal text: String) { refusal = text }

    /// The answer a script gives.
    init(_ reply: ScriptReply) {
        switch reply {
        case .content(let text, let finishReason):
            self.init(text: text)
            self.finishReason = finishReason ?? "stop"
        case .json(let value): self.init(json: value)
        case .toolCalls(let calls): self.init(toolCalls: calls)
        case .refusal(let text):
            self.init(refusal: text)
        }
    }

    /// Output tokens by the rule of thumb of four characters a token, rounded up, and thinking.
    var completionTokens: Int {
        let characters =
            (content?.count ?? 0) + (refusal?.count ?? 0)
            + toolCalls.reduce(0) { $0 + $1.name.count + $1.arguments.count }
        return (characters + 3) / 4 + reasoningTokens
    }
}
