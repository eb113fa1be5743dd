import HTTP
import Journal

/// Azure OpenAI: chat completions in Azure's shape, with the deployment in the path, the version of
/// the API in the query and the key in `api-key`. The model's name in a request is the name of the
/// deployment; the reply names the model behind it, which is what prices go by.
///
/// What Azure answers differently (a filtered prompt as 400 `content_filter`, an outage of the
/// filter as an error inside a 200) the codec of chat completions reads.
public struct AzureChatModel: ChatModel {
    public let provider: String
    private let base: BaseURL
    private let apiVersion: String
    private let delivery: ReplyDelivery
    private let codec: ChatCompletionsCodec
    private let connection: ProviderConnection

    /// `endpoint` is the resource's, such as `https://acme.openai.azure.com`. `headers` are sent
    /// with each call; one named `Authorization` (a token of Entra ID) takes the place of the key.
    /// `apiVersion` 2024-10-21 is the oldest stable one with structured output.
    public init(
        provider: String = "azure", endpoint: String, apiVersion: String = "2024-10-21",
        key: APIKey?, headers: [(name: String, value: String)] = [],
        delivery: ReplyDelivery = .whole, http: HTTPClient
    ) {
        self.provider = provider
        self.apiVersion = apiVersion
        self.delivery = delivery
        base = BaseURL(endpoint)
        codec = ChatCompletionsCodec(provider: provider, outputLimit: .maxCompletionTokens)
        connection = ProviderConnection(
            provider: provider, http: http, key: key, keyField: .named("api-key"),
            headers: headers)
    }

    public func complete(_ request: ChatRequest) async throws(ModelError) -> ChatReply {
        let deployment = BaseURL.segment(request.model)
        let url = base.appending(
            "/openai/deployments/\(deployment)/chat/completions",
            query: "api-version=\(BaseURL.segment(apiVersion))")
        return try await connection.call(codec, url: url, request: request, delivery: delivery)
    }
}
