import JSON
import Journal

extension MessagesCodec {
    func decode(_ answer: ProviderAnswer) -> Result<ChatReply, ModelError> {
        guard let value = answer.value else {
            return .failure(answer.broken("it is not JSON", .cachedExcluded))
        }
        guard let blocks = value["content"]?.arrayValue else {
            if ProviderFault(value).isPresent {
                return .failure(
                    ModelError(answer, spend: answer.spendOfBrokenReply(.cachedExcluded)))
            }
            return .failure(answer.broken("it has no content", .cachedExcluded))
        }
        let replyTool = replyTool(answer.request)?.name
        guard var message = Self.message(blocks, replyTool: replyTool) else {
            return .failure(answer.broken("it has a tool call without a name", .cachedExcluded))
        }
        let stopReason = value["stop_reason"]?.stringValue
        if stopReason == "refusal" {
            message.refusal = message.content ?? "The model gave no words for its refusal."
            message.content = nil
            message.toolCalls = []
        }
        return .success(
            ChatReply(
                message: message, finishReason: Self.finishReason(stopReason, message),
                usage: answer.usage(
                    as: .cachedExcluded, estimatedOutput: message.estimatedTokens),
                model: ProviderAnswer.identifier(value["model"]?.stringValue)
                    ?? answer.request.model,
                provider: provider, responseBytes: answer.size, requestID: answer.requestID,
                rateLimits: answer.rateLimits))
    }

    /// The blocks as one message; thinking and the provider's own tools are left out. nil when a
    /// tool call cannot be answered.
    private static func message(_ blocks: [JSONValue], replyTool: String?) -> ChatMessage? {
        var texts: [String] = []
        var calls: [ToolCallRequest] = []
        var structured: String?
        for block in blocks {
            switch block["type"]?.stringValue {
            case "text": texts.append(block["text"]?.stringValue ?? "")
            case "tool_use":
                guard let name = block["name"]?.stringValue, !name.isEmpty else { return nil }
                let input = block["input"]?.serialized ?? "{}"
                if name == replyTool {
                    structured = input
                } else {
                    calls.append(
                        ToolCallRequest(
                            id: block["id"]?.stringValue ?? "call_\(calls.count)", name: name,
                            arguments: block["input_text"]?.stringValue ?? input))
                }
            default: break
            }
        }
        return ChatMessage(
            role: .assistant,
            content: structured ?? (texts.isEmpty ? nil : texts.joined()), toolCalls: calls)
    }

    private static func finishReason(_ reason: String?, _ message: ChatMessage) -> FinishReason {
        switch reason {
        case "end_turn", "stop_sequence", "tool_use", "refusal":
            message.toolCalls.isEmpty ? .stop : .toolCalls
        // The reply ran into the end of the context window: cut like one at its own limit.
        case "max_tokens", "model_context_window_exceeded": .length
        case nil: .other("")
        case let reason?: .other(Redaction.scrub(reason, limit: 60))
        }
    }
}
