import JSON

/// The parts of a request to the model the stub looks at, whatever its protocol.
struct ChatRequestBody {
    /// One message.
    struct Message {
        let role: String
        /// Its text; the text parts of an array joined.
        let text: String
        /// Characters of text and tool call arguments.
        let characters: Int
    }

    /// A function offered as a tool.
    struct Tool {
        let name: String
        let parameters: JSONValue
    }

    /// What form the answer must have.
    enum Format {
        case text
        case jsonObject
        case jsonSchema(JSONValue)
    }

    /// The protocol it came by.
    let endpoint: ModelEndpoint
    /// Submitted to be fetched later (Responses API only).
    let isBackground: Bool
    /// The model, without a fault suffix.
    let model: String
    /// The fault asked for as `model!fault`.
    let faultName: String?
    let messages: [Message]
    let tools: [Tool]
    /// `auto`, `none`, `required`, or the name of the function to call.
    let toolChoice: String
    let format: Format
    let streams: Bool
    /// `stream_options.include_usage`
    let includesUsage: Bool

    /// Reads a request; the error is the provider's error body for it.
    init(_ request: StubRequest, endpoint: ModelEndpoint) throws(RequestError) {
        guard request.method == "POST" else {
            throw RequestError(code: "method_not_supported", param: nil, message: "Use POST.")
        }
        let body: JSONValue
        do {
            body = try JSONValue(parsing: request.body)
        } catch {
            throw RequestError(code: nil, param: nil, message: "The body is not JSON: \(error)")
        }
        if endpoint == .messages, body["max_tokens"]?.intValue == nil {
            throw RequestError.missing("max_tokens")
        }
        self.endpoint = endpoint
        isBackground = endpoint == .responses && body["background"]?.boolValue == true
        let json = ChatTranslation.chat(body, from: endpoint)
        guard let name = json["model"]?.stringValue, !name.isEmpty else {
            throw RequestError.missing("model")
        }
        guard let list = json["messages"]?.arrayValue, !list.isEmpty else {
            throw RequestError.missing(endpoint == .responses ? "input" : "messages")
        }
        let parts = name.split(separator: "!", maxSplits: 1, omittingEmptySubsequences: false)
        model = String(parts[0])
        faultName = parts.count > 1 ? String(parts[1]) : nil
        messages = list.map(Self.message)
        tools = (json["tools"]?.arrayValue ?? []).compactMap { tool in
            guard let function = tool["function"], let name = function["name"]?.stringValue
            else { return nil }
            return Tool(name: name, parameters: function["parameters"] ?? .object([:]))
        }
        let choice = json["tool_choice"]
        toolChoice =
            choice?["function"]?["name"]?.stringValue ?? choice?.stringValue ?? "auto"
        switch json["response_format"]?["type"]?.stringValue {
        case "json_object": format = .jsonObject
        case "json_schema":
            format = .jsonSchema(json["response_format"]?["json_schema"]?["schema"] ?? true)
        default: format = .text
        }
        streams = json["stream"]?.boolValue ?? false
        includesUsage = json["stream_options"]?["include_usage"]?.boolValue ?? false
    }

    /// Says whether any message has this text in it.
    func mentions(_ text: String) -> Bool {
        messages.contains { $0.text.contains(text) }
    }

    /// The text of the first message from the user: what was asked for, before any correction.
    var firstUserText: String {
        messages.first { $0.role == "user" }?.text ?? ""
    }

    /// The text of the last message from the user.
    var lastUserText: String {
        messages.last { $0.role == "user" }?.text ?? ""
    }

    /// Input tokens by the rule of thumb of four characters a token, rounded up.
    var promptTokens: Int {
        (messages.reduce(0) { $0 + $1.characters } + 3) / 4
    }

    private static func message(_ json: JSONValue) -> Message {
        let content = json["content"]
        let text =
            content?.stringValue
            ?? (content?.arrayValue ?? []).compactMap { $0["text"]?.stringValue }.joined()
        let arguments = (json["tool_calls"]?.arrayValue ?? []).reduce(0) { sum, call in
            sum + (call["function"]?["arguments"]?.stringValue?.count ?? 0)
        }
        return Message(
            role: json["role"]?.stringValue ?? "", text: text, characters: text.count + arguments)
    }
}
