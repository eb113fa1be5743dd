import JSON

/// A conversation in the form of the Messages API: turns of user and assistant in alternation,
/// the answers to all tool calls of a turn together at the head of the next.
struct MessagesConversation {
    private struct Turn {
        var role: String
        var blocks: [JSONValue]
    }

    private var list: [Turn] = []

    init(_ messages: [ChatMessage]) {
        for message in messages {
            switch message.role {
            case .system: break
            case .user: add("user", Self.text(message.content))
            case .tool: add("user", [Self.toolResult(message)])
            case .assistant:
                add(
                    "assistant",
                    Self.text(message.content ?? message.refusal)
                        + message.toolCalls.map(Self.toolUse))
            }
        }
    }

    var turns: [JSONValue] {
        list.map { ["role": .string($0.role), "content": .array($0.blocks)] }
    }

    private mutating func add(_ role: String, _ blocks: [JSONValue]) {
        guard !blocks.isEmpty else { return }
        if list.last?.role == role {
            list[list.count - 1].blocks += blocks
        } else {
            list.append(Turn(role: role, blocks: blocks))
        }
    }

    /// The API refuses empty texts.
    private static func text(_ text: String?) -> [JSONValue] {
        guard let text, !text.isEmpty else { return [] }
        return [["type": "text", "text": .string(text)]]
    }

    private static func toolResult(_ message: ChatMessage) -> JSONValue {
        [
            "type": "tool_result", "tool_use_id": .string(message.toolCallID ?? ""),
            "content": .string(message.content ?? ""),
        ]
    }

    /// Arguments are an object here; a text that is none goes back as the model wrote it.
    private static func toolUse(_ call: ToolCallRequest) -> JSONValue {
        let parsed = LenientBody.parse(Array(call.arguments.utf8))
        let input = parsed?.objectValue == nil ? ["arguments": .string(call.arguments)] : parsed
        return [
            "type": "tool_use", "id": .string(call.id), "name": .string(call.name),
            "input": input ?? [:],
        ]
    }
}
