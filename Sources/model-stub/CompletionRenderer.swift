import JSON

/// Gives a completion the form of chat completions, whole or as a stream of events.
struct CompletionRenderer: ReplyRenderer {
    /// The request's number; ids are made of it.
    let number: Int
    /// The model's name in the reply.
    let model: String
    /// Seconds since 1970.
    let created: Int
    /// The fault, for its poison and for errors in the middle of a stream.
    let fault: Fault?

    /// The reply to a request without `stream`.
    func reply(_ completion: Completion) -> HTTPReply {
        if fault?.kind == .midstreamerror { return HTTPReply(json: Self.midstreamError) }
        var body = envelope(object: "chat.completion", choices: [choice(completion)])
        body["usage"] = completion.usage
        var reply = HTTPReply(json: body)
        if let poison = Poison(fault) { reply.pieces = reply.pieces.map(poison.outerBytes) }
        return reply
    }

    /// The reply to a request with `stream`: server-sent events, the last one `[DONE]`.
    func stream(_ completion: Completion, includesUsage: Bool) -> HTTPReply {
        var bodies = deltas(completion).map { delta -> JSONValue in
            chunk([choice(delta: delta, finishReason: nil)], includesUsage: includesUsage)
        }
        bodies.append(
            chunk(
                [choice(delta: [:], finishReason: completion.finishReason)],
                includesUsage: includesUsage))
        if includesUsage, let usage = completion.usage {
            var last = envelope(object: "chat.completion.chunk", choices: [])
            last["usage"] = usage
            bodies.append(last)
        }
        var pieces = bodies.map(\.serializedBytes)
        if let poison = Poison(fault) { pieces = pieces.map(poison.outerBytes) }
        if fault?.kind == .midstreamerror {
            pieces = Array(pieces.prefix(pieces.count / 2)) + [Self.midstreamError.serializedBytes]
        } else {
            pieces.append(Array("[DONE]".utf8))
        }
        var reply = HTTPReply(status: 200, contentType: "text/event-stream", body: [])
        reply.pieces = pieces.map { Array("data: ".utf8) + $0 + Array("\n\n".utf8) }
        reply.streams = true
        return reply
    }

    // MARK: Parts

    private func envelope(object: String, choices: [JSONValue]) -> JSONValue {
        [
            "id": "chatcmpl-stub-\(number)",
            "object": .string(object),
            "created": .init(created),
            "model": .string(model),
            "choices": .array(choices),
        ]
    }

    private func choice(_ completion: Completion) -> JSONValue {
        var message: JSONValue = [
            "role": "assistant",
            "content": completion.content.map { .string($0) } ?? .null,
            "refusal": completion.refusal.map { .string($0) } ?? .null,
        ]
        if !completion.toolCalls.isEmpty {
            message["tool_calls"] = .array(
                completion.toolCalls.enumerated().map { index, call in
                    toolCall(call, index: index)
                })
        }
        return [
            "index": 0, "message": message, "logprobs": .null,
            "finish_reason": .string(completion.finishReason),
        ]
    }

    private func toolCall(_ call: ToolCall, index: Int) -> JSONValue {
        [
            "id": "call_stub_\(number)_\(index)",
            "type": "function",
            "function": ["name": .string(call.name), "arguments": .string(call.arguments)],
        ]
    }

    private func chunk(_ choices: [JSONValue], includesUsage: Bool) -> JSONValue {
        var body = envelope(object: "chat.completion.chunk", choices: choices)
        if includesUsage { body["usage"] = JSONValue.null }
        return body
    }

    private func choice(delta: JSONValue, finishReason: String?) -> JSONValue {
        [
            "index": 0, "delta": delta, "logprobs": .null,
            "finish_reason": finishReason.map { .string($0) } ?? .null,
        ]
    }

    /// The pieces of the message: the role, then words, then each tool call with its arguments in
    /// pieces.
    private func deltas(_ completion: Completion) -> [JSONValue] {
        var deltas: [JSONValue] = [["role": "assistant", "content": .null, "refusal": .null]]
        deltas += Self.words(completion.content ?? "").map { ["content": .string($0)] }
        deltas += Self.words(completion.refusal ?? "").map { ["refusal": .string($0)] }
        for (index, call) in completion.toolCalls.enumerated() {
            var opening = toolCall(ToolCall(name: call.name, arguments: ""), index: index)
            opening["index"] = JSONValue(index)
            deltas.append(["tool_calls": [opening]])
            deltas += Self.words(call.arguments).map { piece in
                [
                    "tool_calls": [
                        ["index": .init(index), "function": ["arguments": .string(piece)]]
                    ]
                ]
            }
        }
        return deltas
    }

    /// Splits after each space, so that a marker stays whole.
    static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        for character in text {
            word.append(character)
            if character == " " || character == "," {
                words.append(word)
                word = ""
            }
        }
        return word.isEmpty ? words : words + [word]
    }

    private static let midstreamError = HTTPReply.errorBody(
        type: "server_error", code: "server_error",
        message: "The server had an error while processing your request.")
}
