/// One message of a conversation, in the shape every provider can be given.
public struct ChatMessage: Sendable, Hashable {
    /// Who speaks.
    public enum Role: String, Sendable, Hashable {
        case system, user, assistant, tool
    }

    public var role: Role
    /// The text; nil on an assistant message that only calls tools, or that is a refusal.
    public var content: String?
    /// The actions an assistant message asks for. Each id must be answered by a tool message
    /// before the next assistant turn.
    public var toolCalls: [ToolCallRequest]
    /// On a tool message: the id of the call it answers.
    public var toolCallID: String?
    /// On an assistant message: the model's own words for declining. Such a reply is billed.
    public var refusal: String?

    public init(
        role: Role, content: String?, toolCalls: [ToolCallRequest] = [], toolCallID: String? = nil,
        refusal: String? = nil
    ) {
        self.role = role
        self.content = content
        self.toolCalls = toolCalls
        self.toolCallID = toolCallID
        self.refusal = refusal
    }

    /// The instructions of a conversation.
    public static func system(_ content: String) -> ChatMessage {
        ChatMessage(role: .system, content: content)
    }

    /// What the user says.
    public static func user(_ content: String) -> ChatMessage {
        ChatMessage(role: .user, content: content)
    }

    /// What the model said earlier.
    public static func assistant(
        _ content: String?, toolCalls: [ToolCallRequest] = []
    ) -> ChatMessage {
        ChatMessage(role: .assistant, content: content, toolCalls: toolCalls)
    }

    /// The answer to the tool call `id`.
    public static func tool(id: String, content: String) -> ChatMessage {
        ChatMessage(role: .tool, content: content, toolCallID: id)
    }
}
