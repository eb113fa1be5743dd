import HTTP
import JSON

/// Puts the chunks of a chat completions stream together.
///
/// Usage is taken from whichever chunk has it: OpenAI sends a last one without choices, LiteLLM one
/// with an empty delta, vLLM one with every chunk. A server that ignores `include_usage`
/// (llama-cpp-python) sends none at all, and the figures become an estimate.
struct ChatCompletionsAssembly: ReplyAssembly {
    /// A tool call in pieces: id and name come first, the arguments bit by bit.
    private struct Call {
        var id = ""
        var name = ""
        var arguments = ""
    }

    private(set) var state = ReplyAssemblyState.open
    private var content = ""
    private var refusal = ""
    private var calls: [Int: Call] = [:]
    private var finishReason: JSONValue?
    private var usage: JSONValue?
    private var model: JSONValue?
    private var serviceTier: JSONValue?

    var hasContent: Bool { !content.isEmpty || !refusal.isEmpty || !calls.isEmpty }

    mutating func take(_ event: ServerSentEvent) {
        if event.data == "[DONE]" {
            state = .finished
            return
        }
        guard let chunk = LenientBody.parse(Array(event.data.utf8)), chunk.objectValue != nil else {
            state = .failed(nil)
            return
        }
        if event.type == "error" || chunk["error"].map({ !$0.isNull }) == true {
            state = .failed(chunk)
            return
        }
        if let value = chunk["usage"], value.objectValue != nil { usage = value }
        if let name = chunk["model"], name.stringValue?.isEmpty == false { model = name }
        if let tier = chunk["service_tier"], !tier.isNull { serviceTier = tier }
        guard let choice = chunk["choices"]?[0] else { return }
        if let delta = choice["delta"] { take(delta: delta) }
        if let reason = choice["finish_reason"], !reason.isNull { finishReason = reason }
    }

    private mutating func take(delta: JSONValue) {
        content += delta["content"]?.stringValue ?? ""
        refusal += delta["refusal"]?.stringValue ?? ""
        for piece in delta["tool_calls"]?.arrayValue ?? [] {
            // Ollama sends whole calls without an index.
            let index = piece["index"]?.intValue ?? calls.count
            var call = calls[index] ?? Call()
            if let id = piece["id"]?.stringValue, call.id.isEmpty { call.id = id }
            if let name = piece["function"]?["name"]?.stringValue, call.name.isEmpty {
                call.name = name
            }
            let arguments = piece["function"]?["arguments"]
            call.arguments +=
                arguments?.stringValue
                ?? (arguments?.objectValue == nil ? "" : arguments?.serialized)
                ?? ""
            calls[index] = call
        }
    }

    var body: JSONValue {
        var message: JSONObject = ["role": "assistant"]
        message["content"] = content.isEmpty ? .null : .string(content)
        if !refusal.isEmpty { message["refusal"] = .string(refusal) }
        if !calls.isEmpty {
            message["tool_calls"] = .array(
                calls.sorted { $0.key < $1.key }.map { _, call in
                    [
                        "id": .string(call.id), "type": "function",
                        "function": [
                            "name": .string(call.name), "arguments": .string(call.arguments),
                        ],
                    ]
                })
        }
        var body: JSONObject = [
            "choices": [["message": .object(message), "finish_reason": finishReason ?? .null]]
        ]
        body["model"] = model
        body["service_tier"] = serviceTier
        body["usage"] = usage
        return .object(body)
    }

    /// The end of the body; some servers leave `[DONE]` out.
    mutating func end() {
        if state == .open, finishReason != nil { state = .finished }
    }
}
