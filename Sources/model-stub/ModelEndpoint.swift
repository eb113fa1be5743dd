/// The protocols by which the model can be asked.
enum ModelEndpoint: String, CaseIterable {
    /// OpenAI's chat completions.
    case chatCompletions = "/v1/chat/completions"
    /// OpenAI's Responses API.
    case responses = "/v1/responses"
    /// Anthropic's Messages.
    case messages = "/v1/messages"

    /// The endpoint a request asks; nil for every other path.
    init?(_ request: StubRequest) {
        self.init(rawValue: request.path)
    }
}
