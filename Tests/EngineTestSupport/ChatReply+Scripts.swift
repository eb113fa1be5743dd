import Journal
import Models

extension ChatReply {
    /// A reply with this text and these tool calls, of 10 input and 5 output tokens.
    public static func scripted(
        _ text: String?, calls: [ToolCallRequest] = [], finish: FinishReason? = nil,
        refusal: String? = nil, model: String = "gpt-4o-2024-08-06", input: Int = 10,
        output: Int = 5
    ) -> ChatReply {
        var message = ChatMessage.assistant(text, toolCalls: calls)
        message.refusal = refusal
        return ChatReply(
            message: message, finishReason: finish ?? (calls.isEmpty ? .stop : .toolCalls),
            usage: CallUsage(inputTokens: input, outputTokens: output), model: model,
            provider: "openai")
    }

    /// A reply that asks for tools: name and arguments of each; the ids are `call_1`, `call_2` ….
    public static func asking(_ calls: (name: String, arguments: String)...) -> ChatReply {
        scripted(
            nil,
            calls: calls.enumerated().map { index, call in
                ToolCallRequest(
                    id: "call_\(index + 1)", name: call.name, arguments: call.arguments)
            })
    }
}
