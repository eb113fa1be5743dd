import JSON
import Journal

extension ResponsesCodec {
    /// Reads a response that has reached its end. One that failed has its error inside a 200, with
    /// the usage it cost by then.
    func decode(_ answer: ProviderAnswer) -> Result<ChatReply, ModelError> {
        guard let value = answer.value else {
            return .failure(answer.broken("it is not JSON", .cachedIncluded))
        }
        switch value["status"]?.stringValue {
        case "completed", "incomplete": break
        // Some servers leave the status out of an otherwise whole answer.
        case nil where value["output"]?.arrayValue != nil: break
        case "cancelled":
            return .failure(
                ModelError(
                    .provider, status: answer.status, providerCode: "response_cancelled",
                    message: "\(provider): the response was cancelled at the provider",
                    spend: answer.spendOfBrokenReply(.cachedIncluded)))
        default:
            if ProviderFault(value).isPresent {
                return .failure(
                    ModelError(answer, spend: answer.spendOfBrokenReply(.cachedIncluded)))
            }
            return .failure(answer.broken("it has no final status", .cachedIncluded))
        }
        guard let message = Self.message(value["output"]?.arrayValue ?? []) else {
            return .failure(answer.broken("it has a tool call without a name", .cachedIncluded))
        }
        return .success(reply(message, value, answer))
    }

    private func reply(
        _ message: ChatMessage, _ value: JSONValue, _ answer: ProviderAnswer
    ) -> ChatReply {
        ChatReply(
            message: message, finishReason: Self.finishReason(value, message),
            usage: answer.usage(
                as: .cachedIncluded, estimatedOutput: message.estimatedTokens),
            model: ProviderAnswer.identifier(value["model"]?.stringValue) ?? answer.request.model,
            provider: provider, responseBytes: answer.size, requestID: answer.requestID,
            rateLimits: answer.rateLimits)
    }

    /// The output's items as one message; reasoning and the provider's own tools are left out. nil
    /// when a tool call cannot be answered.
    private static func message(_ output: [JSONValue]) -> ChatMessage? {
        var texts: [String] = []
        var refusals: [String] = []
        var calls: [ToolCallRequest] = []
        for item in output {
            switch item["type"]?.stringValue {
            case "message":
                for part in item["content"]?.arrayValue ?? [] {
                    if let text = part["text"]?.stringValue { texts.append(text) }
                    if let text = part["refusal"]?.stringValue { refusals.append(text) }
                }
            case "function_call":
                guard let name = item["name"]?.stringValue, !name.isEmpty else { return nil }
                let arguments = item["arguments"]?.stringValue ?? ""
                calls.append(
                    ToolCallRequest(
                        id: item["call_id"]?.stringValue ?? "call_\(calls.count)", name: name,
                        arguments: arguments.isEmpty ? "{}" : arguments))
            default: break
            }
        }
        return ChatMessage(
            role: .assistant, content: texts.isEmpty ? nil : texts.joined(), toolCalls: calls,
            refusal: refusals.isEmpty ? nil : refusals.joined())
    }

    private static func finishReason(_ value: JSONValue, _ message: ChatMessage) -> FinishReason {
        switch value["incomplete_details"]?["reason"]?.stringValue {
        case "max_output_tokens": .length
        case "content_filter": .contentFilter
        case let reason?: .other(Redaction.scrub(reason, limit: 60))
        case nil where value["status"] == "incomplete": .other("incomplete")
        case nil: message.toolCalls.isEmpty ? .stop : .toolCalls
        }
    }
}
