import JSON

/// Gives a completion the form of Anthropic's Messages.
struct MessagesRenderer: ReplyRenderer {
    /// The request's number; ids are made of it.
    let number: Int
    let model: String
    let fault: Fault?

    func reply(_ completion: Completion) -> HTTPReply {
        if fault?.kind == .midstreamerror { return HTTPReply(json: Self.broken) }
        var reply = HTTPReply(json: message(completion))
        if let poison = Poison(fault) { reply.pieces = reply.pieces.map(poison.outerBytes) }
        return reply
    }

    func stream(_ completion: Completion, includesUsage: Bool) -> HTTPReply {
        let whole = message(completion)
        var begun = whole
        begun["content"] = []
        begun["stop_reason"] = JSONValue.null
        // A placeholder, as the provider sends it.
        if begun["usage"] != nil { begun["usage"]?["output_tokens"] = 1 }
        var list: [JSONValue] = [["type": "message_start", "message": begun], ["type": "ping"]]
        for (index, block) in blocks(completion).enumerated() {
            list += events(of: block, index: index)
        }
        var end: JSONValue = [
            "type": "message_delta",
            "delta": ["stop_reason": whole["stop_reason"] ?? .null, "stop_sequence": .null],
        ]
        if let output = whole["usage"]?["output_tokens"] {
            end["usage"] = ["output_tokens": output]
        }
        return events(
            list + [end, ["type": "message_stop"]], fault: fault, broken: Self.broken)
    }

    private func message(_ completion: Completion) -> JSONValue {
        var message: JSONObject = [
            "id": .string("msg_stub_\(number)"), "type": "message", "role": "assistant",
            "model": .string(model), "content": .array(blocks(completion)),
            "stop_reason": .string(stopReason(completion)), "stop_sequence": .null,
        ]
        message["usage"] = completion.usage.map(Self.usage)
        return .object(message)
    }

    private func blocks(_ completion: Completion) -> [JSONValue] {
        var blocks: [JSONValue] = []
        if let text = completion.content ?? completion.refusal {
            blocks.append(["type": "text", "text": .string(text)])
        }
        for (index, call) in completion.toolCalls.enumerated() {
            blocks.append([
                "type": "tool_use", "id": .string("toolu_stub_\(number)_\(index)"),
                "name": .string(call.name),
                "input": (try? JSONValue(parsing: call.arguments)) ?? [:],
            ])
        }
        return blocks
    }

    private func stopReason(_ completion: Completion) -> String {
        if completion.refusal != nil { return "refusal" }
        switch completion.finishReason {
        case "length": return "max_tokens"
        case "tool_calls": return "tool_use"
        // There is no filter by that name; what it withholds is refused.
        case "content_filter": return "refusal"
        default: return "end_turn"
        }
    }

    private func events(of block: JSONValue, index: Int) -> [JSONValue] {
        var begun = block
        var deltas: [JSONValue]
        if let input = block["input"] {
            begun["input"] = [:]
            deltas = CompletionRenderer.words(input.serialized).map {
                ["type": "input_json_delta", "partial_json": .string($0)]
            }
        } else {
            begun["text"] = ""
            deltas = CompletionRenderer.words(block["text"]?.stringValue ?? "").map {
                ["type": "text_delta", "text": .string($0)]
            }
        }
        let place = JSONValue(index)
        return [["type": "content_block_start", "index": place, "content_block": begun]]
            + deltas.map { ["type": "content_block_delta", "index": place, "delta": $0] }
            + [["type": "content_block_stop", "index": place]]
    }

    /// From the spelling of chat completions: what was cached is counted apart. A script's own
    /// spelling stays.
    private static func usage(_ usage: JSONValue) -> JSONValue {
        guard let input = usage["prompt_tokens"]?.intValue else { return usage }
        let cached = usage["prompt_tokens_details"]?["cached_tokens"]?.intValue ?? 0
        return [
            "input_tokens": .init(input - cached), "cache_read_input_tokens": .init(cached),
            "cache_creation_input_tokens": 0, "output_tokens": usage["completion_tokens"] ?? 0,
            "service_tier": "standard",
        ]
    }

    private static let broken = HTTPReply.messagesErrorBody(
        type: "api_error", message: "Internal server error")
}
