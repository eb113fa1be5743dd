import FoundationEssentials
import HTTP
import JSON
import Journal

/// The chat completions protocol of OpenAI and the servers compatible with it, as pure functions:
/// a request to its JSON, an answer to a reply or an error.
///
/// Facts: the API's own reference, and the deviations seen on llama-cpp-python, LiteLLM, vLLM,
/// Ollama and Azure (each named where it is handled).
public struct ChatCompletionsCodec: ProviderCodec {
    /// The field that carries `maxOutputTokens`.
    public enum OutputLimit: Sendable, Hashable {
        /// `max_completion_tokens`: OpenAI and Azure, whose reasoning models refuse the old name.
        case maxCompletionTokens
        /// `max_tokens`: every compatible server knows it, and some ignore the new name without
        /// a word, which would leave the spend of a call without a limit.
        case maxTokens

        /// The choice for a server: the new name for hosts of OpenAI and Azure, else the old one.
        public static func preferred(forHost host: String) -> OutputLimit {
            let host = host.lowercased()
            let own = ["openai.com", "openai.azure.com", "cognitiveservices.azure.com"]
            return own.contains { host == $0 || host.hasSuffix("." + $0) }
                ? .maxCompletionTokens : .maxTokens
        }
    }

    /// The provider's name in replies and messages.
    public var provider: String
    public var outputLimit: OutputLimit

    public init(provider: String, outputLimit: OutputLimit = .maxCompletionTokens) {
        self.provider = provider
        self.outputLimit = outputLimit
    }

    /// What a server answered to `request` at the time `now`: a reply, or the error it amounts to.
    public func decode(
        status: Int, headers: HTTPHeaders, body: [UInt8], for request: ChatRequest,
        now: Date = Date()
    ) -> Result<ChatReply, ModelError> {
        let answer = ProviderAnswer(
            provider: provider, status: status, headers: headers, body: body, request: request,
            now: now)
        return answer.isSuccess ? decode(answer) : .failure(ModelError(answer))
    }

    func assembly() -> ChatCompletionsAssembly { ChatCompletionsAssembly() }
}
