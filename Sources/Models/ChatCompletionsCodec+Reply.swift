import JSON
import Journal

extension ChatCompletionsCodec {
    /// Reads the body of a 2xx answer, tolerant of what compatible servers do differently.
    func decode(_ answer: ProviderAnswer) -> Result<ChatReply, ModelError> {
        guard let value = answer.value else {
            return .failure(answer.broken("it is not JSON", .cachedIncluded))
        }
        guard let choice = value["choices"]?[0], let message = choice["message"],
            message.objectValue != nil
        else {
            // Azure reports an outage of its filter as an error object inside a 200.
            if ProviderFault(value).isPresent {
                return .failure(
                    ModelError(answer, spend: answer.spendOfBrokenReply(.cachedIncluded)))
            }
            return .failure(answer.broken("it has no message", .cachedIncluded))
        }
        guard let calls = Self.toolCalls(message) else {
            return .failure(answer.broken("it has a tool call without a name", .cachedIncluded))
        }
        let chat = ChatMessage(
            role: .assistant, content: Self.text(message["content"]), toolCalls: calls,
            refusal: Self.nonEmpty(message["refusal"]?.stringValue))
        return .success(
            ChatReply(
                message: chat,
                finishReason: Self.finishReason(choice["finish_reason"], calls: calls),
                usage: answer.usage(
                    as: .cachedIncluded, estimatedOutput: chat.estimatedTokens),
                model: ProviderAnswer.identifier(value["model"]?.stringValue)
                    ?? answer.request.model,
                provider: provider, responseBytes: answer.size, requestID: answer.requestID,
                rateLimits: answer.rateLimits))
    }

    /// The text of a message: a string, null, or a list of text parts.
    private static func text(_ content: JSONValue?) -> String? {
        if let parts = content?.arrayValue {
            let texts = parts.compactMap { $0["text"]?.stringValue }
            return texts.isEmpty ? nil : texts.joined()
        }
        return content?.stringValue
    }

    /// The tool calls of a message; nil when one of them cannot be answered.
    private static func toolCalls(_ message: JSONValue) -> [ToolCallRequest]? {
        var calls: [ToolCallRequest] = []
        var ids: Set<String> = []
        for (index, item) in (message["tool_calls"]?.arrayValue ?? []).enumerated() {
            let function = item["function"] ?? item["custom"] ?? item
            guard let name = nonEmpty(function["name"]?.stringValue) else { return nil }
            // Ollama's ids are odd: absent, numbers, or the same twice. An answer needs one of
            // its own, and it is only ever read back by the server that sees the whole turn.
            var id = nonEmpty(item["id"]?.stringValue) ?? "call_\(index)"
            while !ids.insert(id).inserted { id += "_\(index)" }
            calls.append(
                ToolCallRequest(
                    id: id, name: name,
                    arguments: argumentsText(function["arguments"] ?? function["input"])))
        }
        // The protocol's first form of the same thing.
        if calls.isEmpty, let legacy = message["function_call"], legacy.objectValue != nil {
            guard let name = nonEmpty(legacy["name"]?.stringValue) else { return nil }
            calls.append(
                ToolCallRequest(
                    id: "call_0", name: name, arguments: argumentsText(legacy["arguments"])))
        }
        return calls
    }

    /// The arguments as text; Ollama gives an object.
    private static func argumentsText(_ arguments: JSONValue?) -> String {
        guard let arguments, !arguments.isNull else { return "{}" }
        guard let text = arguments.stringValue else { return arguments.serialized }
        return text.isEmpty ? "{}" : text
    }

    private static func finishReason(
        _ value: JSONValue?, calls: [ToolCallRequest]
    ) -> FinishReason {
        switch value?.stringValue ?? "" {
        // Ollama says `stop` when it calls tools.
        case "stop", "tool_calls", "function_call": calls.isEmpty ? .stop : .toolCalls
        case "": calls.isEmpty ? .other("") : .toolCalls
        case "length": .length
        case "content_filter": .contentFilter
        case let reason: .other(Redaction.scrub(reason, limit: 60))
        }
    }

    private static func nonEmpty(_ text: String?) -> String? {
        guard let text, !text.isEmpty else { return nil }
        return text
    }
}
