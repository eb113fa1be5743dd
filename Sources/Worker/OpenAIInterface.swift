/// Which of OpenAI's interfaces serves the provider `openai`.
public enum OpenAIInterface: String, Sendable, CaseIterable {
    /// Chat completions, the one that compatible servers speak.
    case chat
    /// Responses.
    case responses
    /// Responses in background mode: a call survives its worker, and a later attempt polls for it.
    case background
}
