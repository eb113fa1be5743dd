import HTTP
import JSON

/// Follows a stream of the Responses API. The last event carries the whole response; the pieces
/// before it count only when it never comes.
struct ResponsesAssembly: ReplyAssembly {
    private(set) var state = ReplyAssemblyState.open
    private var final: JSONValue?
    private var text = ""
    private var refusal = ""
    /// The function calls begun, by their place in the output.
    private var calls: [Int: JSONObject] = [:]
    private var model: JSONValue?

    var hasContent: Bool { !text.isEmpty || !refusal.isEmpty || !calls.isEmpty }

    mutating func take(_ event: ServerSentEvent) {
        if event.data == "[DONE]" { return }
        guard let value = LenientBody.parse(Array(event.data.utf8)) else {
            state = .failed(nil)
            return
        }
        if let name = value["response"]?["model"], !name.isNull { model = name }
        let delta = value["delta"]?.stringValue ?? ""
        let index = value["output_index"]?.intValue ?? 0
        switch value["type"]?.stringValue ?? event.type {
        case "response.output_text.delta": text += delta
        case "response.refusal.delta": refusal += delta
        case "response.output_item.added":
            guard let item = value["item"]?.objectValue, item["type"] == "function_call" else {
                return
            }
            calls[index] = item
        case "response.function_call_arguments.delta":
            let before = calls[index]?["arguments"]?.stringValue ?? ""
            calls[index]?["arguments"] = .string(before + delta)
        case "response.completed", "response.incomplete":
            final = value["response"]
            state = .finished
        case "response.failed", "response.cancelled": state = .failed(value["response"])
        case "error": state = .failed(value)
        default: break
        }
    }

    /// A stream that ends without a final event is broken.
    mutating func end() {}

    var body: JSONValue {
        if let final { return final }
        var output: [JSONValue] = []
        var parts: [JSONValue] = []
        if !text.isEmpty { parts.append(["type": "output_text", "text": .string(text)]) }
        if !refusal.isEmpty { parts.append(["type": "refusal", "refusal": .string(refusal)]) }
        if !parts.isEmpty { output.append(["type": "message", "content": .array(parts)]) }
        output += calls.sorted { $0.key < $1.key }.map { .object($0.value) }
        var body: JSONObject = ["status": "incomplete", "output": .array(output)]
        body["model"] = model
        return .object(body)
    }
}
