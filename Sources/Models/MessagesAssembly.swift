import HTTP
import JSON

/// Puts the events of a Messages stream together.
///
/// `message_start` has the usage of the input and a placeholder for the output; that of
/// `message_delta` is cumulative, so each replaces the one before.
struct MessagesAssembly: ReplyAssembly {
    private(set) var state = ReplyAssemblyState.open
    private var message: JSONObject = [:]
    private var usage: JSONObject?
    private var blocks: [Int: JSONObject] = [:]
    /// The pieces of each tool call's input, JSON only when they are all there.
    private var inputs: [Int: String] = [:]

    var hasContent: Bool {
        blocks.values.contains { $0["type"] == "tool_use" || $0["text"]?.stringValue != "" }
    }

    mutating func take(_ event: ServerSentEvent) {
        guard let value = LenientBody.parse(Array(event.data.utf8)), value.objectValue != nil else {
            state = .failed(nil)
            return
        }
        switch value["type"]?.stringValue ?? event.type {
        case "message_start":
            message = value["message"]?.objectValue ?? [:]
            usage = message["usage"]?.objectValue
            usage?["output_tokens"] = nil
        case "content_block_start":
            blocks[value["index"]?.intValue ?? 0] = value["content_block"]?.objectValue
        case "content_block_delta":
            take(delta: value["delta"] ?? [:], index: value["index"]?.intValue ?? 0)
        case "message_delta":
            for (name, member) in value["delta"]?.objectValue ?? [:] { message[name] = member }
            for (name, figure) in value["usage"]?.objectValue ?? [:] where !figure.isNull {
                usage = usage ?? [:]
                usage?[name] = figure
            }
        case "message_stop": state = .finished
        case "error": state = .failed(value)
        default: break
        }
    }

    private mutating func take(delta: JSONValue, index: Int) {
        switch delta["type"]?.stringValue {
        case "text_delta":
            let before = blocks[index]?["text"]?.stringValue ?? ""
            blocks[index, default: ["type": "text"]]["text"] =
                .string(before + (delta["text"]?.stringValue ?? ""))
        case "input_json_delta":
            inputs[index, default: ""] += delta["partial_json"]?.stringValue ?? ""
        default: break
        }
    }

    /// A stream may lose its last event to a proxy; the one before it says all there is to say.
    mutating func end() {
        if state == .open, message["stop_reason"]?.stringValue != nil { state = .finished }
    }

    var body: JSONValue {
        var body = message
        body["content"] = .array(
            blocks.sorted { $0.key < $1.key }.map { index, block in
                var block = block
                if let text = inputs[index], !text.isEmpty {
                    block["input"] = LenientBody.parse(Array(text.utf8))
                    // Cut in the middle: not JSON, so it goes on as the text it is.
                    if block["input"] == nil { block["input_text"] = .string(text) }
                }
                return .object(block)
            })
        body["usage"] = usage.map { .object($0) }
        return .object(body)
    }
}
