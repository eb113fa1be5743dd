import HTTP
import Journal

/// OpenAI's Responses API, the successor of chat completions, in its plain mode: one request, one
/// reply. `BackgroundResponsesModel` is the mode that survives a crash.
public struct ResponsesModel: ChatModel {
    public let provider: String
    private let url: String
    private let delivery: ReplyDelivery
    private let codec: ResponsesCodec
    private let connection: ProviderConnection

    /// `baseURL` ends before `/responses`. `headers` are sent with each call; one named
    /// `Authorization` or `api-key` takes the place of the bearer token.
    public init(
        provider: String = "openai", baseURL: String = "https://api.openai.com/v1", key: APIKey?,
        headers: [(name: String, value: String)] = [], delivery: ReplyDelivery = .whole,
        http: HTTPClient
    ) {
        self.provider = provider
        self.delivery = delivery
        url = BaseURL(baseURL).appending("/responses")
        codec = ResponsesCodec(provider: provider)
        connection = ProviderConnection(
            provider: provider, http: http, key: key, keyField: .bearer, headers: headers)
    }

    public func complete(_ request: ChatRequest) async throws(ModelError) -> ChatReply {
        try await connection.call(codec, url: url, request: request, delivery: delivery)
    }
}
