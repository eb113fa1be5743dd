import JSON
import Journal

extension ChatRequest {
    /// Of all that a provider gets to see, so that an equal request of a later attempt is known as
    /// the same. The time limit is left out: it shrinks with what is left of the run's.
    var fingerprint: String {
        var request: JSONObject = [
            "model": .string(model), "messages": .array(messages.map(\.fingerprinted)),
            "response_format": responseFormat.fingerprinted,
            "parallel_tool_calls": .bool(parallelToolCalls),
        ]
        if !tools.isEmpty { request["tools"] = .array(tools.map(\.fingerprinted)) }
        request["temperature"] = temperature.map { JSONValue($0) }
        request["max_output_tokens"] = maxOutputTokens.map { JSONValue($0) }
        return Fingerprint.of(.object(request))
    }
}

extension ChatMessage {
    fileprivate var fingerprinted: JSONValue {
        var message: JSONObject = ["role": .string(role.rawValue)]
        message["content"] = content.map { .string($0) }
        message["refusal"] = refusal.map { .string($0) }
        message["tool_call_id"] = toolCallID.map { .string($0) }
        if !toolCalls.isEmpty {
            message["tool_calls"] = .array(
                toolCalls.map { [.string($0.id), .string($0.name), .string($0.arguments)] })
        }
        return .object(message)
    }
}

extension ToolDefinition {
    fileprivate var fingerprinted: JSONValue {
        [.string(name), .string(description), parameters]
    }
}

extension ResponseFormat {
    fileprivate var fingerprinted: JSONValue {
        switch self {
        case .text: "text"
        case .jsonObject: "json_object"
        case .jsonSchema(let name, let schema, let strict): [.string(name), schema, .bool(strict)]
        }
    }
}
