import JSON

/// Gives a completion the form of the Responses API.
struct ResponsesRenderer: ReplyRenderer {
    /// The request's number; ids are made of it.
    let number: Int
    let model: String
    /// Seconds since 1970.
    let created: Int
    let fault: Fault?

    var id: String { "resp_stub_\(number)" }

    func reply(_ completion: Completion) -> HTTPReply {
        if fault?.kind == .midstreamerror { return HTTPReply(json: failed) }
        var reply = HTTPReply(json: response(completion))
        if let poison = Poison(fault) { reply.pieces = reply.pieces.map(poison.outerBytes) }
        return reply
    }

    func stream(_ completion: Completion, includesUsage: Bool) -> HTTPReply {
        let final = response(completion)
        let output = items(completion)
        var list: [JSONValue] = [
            ["type": "response.created", "response": unfinished("in_progress")],
            ["type": "response.in_progress", "response": unfinished("in_progress")],
        ]
        for (index, item) in output.enumerated() {
            list += events(of: item, index: index)
        }
        list.append([
            "type": .string("response.\(final["status"]?.stringValue ?? "completed")"),
            "response": final,
        ])
        let numbered = list.enumerated().map { place, event in
            var event = event
            event["sequence_number"] = JSONValue(place)
            return event
        }
        return events(
            numbered, fault: fault, broken: ["type": "response.failed", "response": failed])
    }

    /// The response before its end.
    func unfinished(_ status: String) -> JSONValue {
        [
            "id": .string(id), "object": "response", "created_at": .init(created),
            "status": .string(status), "error": .null, "incomplete_details": .null,
            "model": .string(model), "output": [], "usage": .null,
        ]
    }

    private func response(_ completion: Completion) -> JSONValue {
        var response = unfinished("completed")
        let reasons = ["length": "max_output_tokens", "content_filter": "content_filter"]
        if let reason = reasons[completion.finishReason] {
            response["status"] = "incomplete"
            response["incomplete_details"] = ["reason": .string(reason)]
        }
        response["output"] = .array(items(completion))
        response["usage"] = completion.usage.map(Self.usage) ?? .null
        return response
    }

    private var failed: JSONValue {
        var response = unfinished("failed")
        response["error"] = ["code": "server_error", "message": "The server had an error."]
        return response
    }

    private func items(_ completion: Completion) -> [JSONValue] {
        var items: [JSONValue] = []
        if completion.reasoningTokens > 0 {
            items.append(["type": "reasoning", "id": .string("rs_stub_\(number)"), "summary": []])
        }
        if let part = part(completion) {
            items.append([
                "type": "message", "id": .string("msg_stub_\(number)"), "status": "completed",
                "role": "assistant", "content": [part],
            ])
        }
        for (index, call) in completion.toolCalls.enumerated() {
            items.append([
                "type": "function_call", "id": .string("fc_stub_\(number)_\(index)"),
                "call_id": .string("call_stub_\(number)_\(index)"), "name": .string(call.name),
                "arguments": .string(call.arguments), "status": "completed",
            ])
        }
        return items
    }

    private func part(_ completion: Completion) -> JSONValue? {
        if let text = completion.refusal {
            return ["type": "refusal", "refusal": .string(text)]
        }
        return completion.content.map {
            ["type": "output_text", "text": .string($0), "annotations": []]
        }
    }

    private func events(of item: JSONValue, index: Int) -> [JSONValue] {
        var begun = item
        var name = "response.output_text"
        var pieces: [String] = []
        if let arguments = item["arguments"]?.stringValue {
            begun["arguments"] = ""
            name = "response.function_call_arguments"
            pieces = CompletionRenderer.words(arguments)
        } else if let part = item["content"]?[0] {
            begun["content"] = []
            if part["refusal"] != nil { name = "response.refusal" }
            let text = part["text"] ?? part["refusal"]
            pieces = CompletionRenderer.words(text?.stringValue ?? "")
        }
        let place = JSONValue(index)
        return [["type": "response.output_item.added", "output_index": place, "item": begun]]
            + pieces.map {
                [
                    "type": .string("\(name).delta"), "output_index": place, "content_index": 0,
                    "delta": .string($0),
                ]
            }
            + [["type": "response.output_item.done", "output_index": place, "item": item]]
    }

    /// From the spelling of chat completions; a script's own spelling stays.
    private static func usage(_ usage: JSONValue) -> JSONValue {
        guard let input = usage["prompt_tokens"] else { return usage }
        return [
            "input_tokens": input,
            "input_tokens_details": [
                "cached_tokens": usage["prompt_tokens_details"]?["cached_tokens"] ?? 0
            ],
            "output_tokens": usage["completion_tokens"] ?? 0,
            "output_tokens_details": [
                "reasoning_tokens": usage["completion_tokens_details"]?["reasoning_tokens"] ?? 0
            ],
            "total_tokens": usage["total_tokens"] ?? 0,
        ]
    }
}
