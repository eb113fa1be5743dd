import JSON

extension Completion {
    /// Changes what the model says as the fault asks; faults of other layers change nothing.
    mutating func apply(_ fault: Fault?) {
        switch fault?.kind {
        case .contentfilter:
            content = nil
            toolCalls = []
            finishReason = "content_filter"
        case .refusal:
            content = nil
            toolCalls = []
            refusal = "I can't help with that."
            finishReason = "stop"
        case .length:
            content = content.map { String($0.prefix($0.count / 2)) }
            for index in toolCalls.indices {
                let text = toolCalls[index].arguments
                toolCalls[index].arguments = String(text.prefix(text.count / 2))
            }
            finishReason = "length"
        default:
            if let poison = Poison(fault) { apply(poison) }
        }
    }

    private mutating func apply(_ poison: Poison) {
        if let call = toolCalls.first {
            toolCalls[0].arguments = poison.innerText(Self.container(call.arguments) ?? [:])
        } else if let json = content.flatMap(Self.container) {
            content = poison.innerText(json)
        } else if poison.isValue {
            content = poison.innerText(["value": 0])
        } else {
            content = (content ?? "") + Poison.marker
        }
    }

    /// The text as JSON, when it is an object or an array.
    private static func container(_ text: String) -> JSONValue? {
        guard let json = try? JSONValue(parsing: text) else { return nil }
        return json.objectValue != nil || json.arrayValue != nil ? json : nil
    }
}
