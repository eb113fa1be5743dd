import JSON

/// What the model says when no script does: a tool call first where tools are offered, then JSON
/// in the form asked for, else a sentence.
struct CompletionAuthor {
    let chat: ChatRequestBody

    func write() -> Completion {
        var completion = answer
        if Self.thinks(chat.model) { completion.reasoningTokens = 64 }
        return completion
    }

    private var answer: Completion {
        if let tool = toolToCall {
            let arguments = InstanceSynthesizer(root: tool.parameters).instance()
            return Completion(toolCalls: [
                ToolCall(name: tool.name, arguments: arguments.serialized)
            ])
        }
        switch chat.format {
        case .jsonSchema(let schema):
            let agent = AgentAuthor(request: chat.firstUserText)
            return Completion(json: agent.agent(for: schema) ?? instance(of: schema))
        case .jsonObject:
            let agent = AgentAuthor(request: chat.firstUserText)
            let wantsAgent = chat.mentions("personality") && chat.mentions("principles")
            return Completion(json: wantsAgent ? agent.attributes : ["result": .string(sentence)])
        case .text:
            return Completion(text: sentence)
        }
    }

    /// The first tool offered, or the one the request names: once, right after the user spoke.
    private var toolToCall: ChatRequestBody.Tool? {
        guard chat.messages.last?.role == "user", chat.toolChoice != "none",
            !chat.messages.contains(where: { $0.role == "tool" })
        else { return nil }
        return chat.tools.first { $0.name == chat.toolChoice } ?? chat.tools.first
    }

    private func instance(of schema: JSONValue) -> JSONValue {
        InstanceSynthesizer(root: schema).instance()
    }

    /// The answer in words: what the tools returned, or what was asked.
    private var sentence: String {
        let results = chat.messages.filter { $0.role == "tool" }
        guard !results.isEmpty else {
            let asked = AgentAuthor.oneLine(chat.lastUserText, limit: 200)
            return "This is the stub's answer to: \(asked)"
        }
        let items = results.reduce(0) { sum, result in
            let json = try? JSONValue(parsing: result.text)
            let list =
                json?.arrayValue ?? json?["items"]?.arrayValue
                ?? json?["data"]?["items"]?.arrayValue
            return sum + (list?.count ?? 1)
        }
        return "Done: \(results.count) tool result(s) with \(items) item(s)."
    }

    /// Models that spend tokens on thinking are those named o and a digit.
    private static func thinks(_ model: String) -> Bool {
        let name = model.split(separator: "/").last ?? ""
        return name.first == "o" && name.dropFirst().first?.isNumber == true
    }
}
