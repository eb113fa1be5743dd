import JSON
import Journal

extension ChatReply: Journalled {
    public init(journalled: JSONValue) throws {
        let reply = JSONReader(journalled)
        var message = ChatMessage.assistant(try reply.optional("content")?.string())
        message.refusal = try reply.optional("refusal")?.string()
        message.toolCalls =
            try reply.optional("tool_calls")?.array().map {
                ToolCallRequest(
                    id: try $0.required("id").string(), name: try $0.required("name").string(),
                    arguments: try $0.required("arguments").string())
            } ?? []
        self.init(
            message: message,
            finishReason: FinishReason(
                journalled: try reply.required("finish_reason").string()),
            usage: try CallUsage(journalled: reply.required("usage").value),
            model: try reply.required("model").string(),
            provider: try reply.required("provider").string(),
            responseBytes: try reply.required("response_bytes").int(),
            requestID: try reply.optional("request_id")?.string())
    }

    public var journalled: JSONValue {
        var reply: JSONObject = [
            "finish_reason": .string(finishReason.journalled), "usage": usage.journalled,
            "model": .string(model), "provider": .string(provider),
            "response_bytes": JSONValue(responseBytes),
        ]
        reply["content"] = message.content.map { .string($0) }
        reply["refusal"] = message.refusal.map { .string($0) }
        if !message.toolCalls.isEmpty {
            reply["tool_calls"] = .array(message.toolCalls.map(\.json))
        }
        reply["request_id"] = requestID.map { .string($0) }
        return .object(reply)
    }
}

extension FinishReason {
    fileprivate init(journalled: String) {
        self =
            switch journalled {
            case "stop": .stop
            case "length": .length
            case "tool_calls": .toolCalls
            case "content_filter": .contentFilter
            default: .other(String(journalled.dropFirst(Self.otherPrefix.count)))
            }
    }

    fileprivate var journalled: String {
        switch self {
        case .stop: "stop"
        case .length: "length"
        case .toolCalls: "tool_calls"
        case .contentFilter: "content_filter"
        case .other(let reason): Self.otherPrefix + reason
        }
    }

    private static let otherPrefix = "other:"
}

extension ToolCallRequest {
    fileprivate var json: JSONValue {
        ["id": .string(id), "name": .string(name), "arguments": .string(arguments)]
    }
}
