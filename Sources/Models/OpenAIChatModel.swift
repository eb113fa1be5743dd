import HTTP
import JSON
import Journal

/// A server that speaks OpenAI's chat completions: OpenAI itself and every compatible one, by its
/// base URL.
public struct OpenAIChatModel: ChatModel {
    public let provider: String
    private let url: String
    private let delivery: ReplyDelivery
    private let codec: ChatCompletionsCodec
    private let connection: ProviderConnection

    /// `baseURL` ends before `/chat/completions`, such as `https://api.openai.com/v1`; a query in
    /// it is kept. `key` is nil for a local server that wants none. `headers` are sent with each
    /// call, such as `OpenAI-Organization`; one named `Authorization` or `api-key` takes the place
    /// of the bearer token. `outputLimit` nil chooses by host.
    public init(
        provider: String = "openai", baseURL: String = "https://api.openai.com/v1", key: APIKey?,
        headers: [(name: String, value: String)] = [],
        outputLimit: ChatCompletionsCodec.OutputLimit? = nil, delivery: ReplyDelivery = .whole,
        http: HTTPClient
    ) {
        self.provider = provider
        self.delivery = delivery
        let base = BaseURL(baseURL)
        url = base.appending("/chat/completions")
        codec = ChatCompletionsCodec(
            provider: provider, outputLimit: outputLimit ?? .preferred(forHost: base.host))
        connection = ProviderConnection(
            provider: provider, http: http, key: key, keyField: .bearer, headers: headers)
    }

    public func complete(_ request: ChatRequest) async throws(ModelError) -> ChatReply {
        try await connection.call(codec, url: url, request: request, delivery: delivery)
    }
}
