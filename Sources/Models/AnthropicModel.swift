import HTTP
import Journal

/// Anthropic's Messages API, and gateways that speak it.
///
/// Usage in the normal form: input is `input_tokens` plus what was read from and written to the
/// cache, cached is what was read.
public struct AnthropicModel: ChatModel {
    /// How a reply that must fit a schema is asked for.
    public enum StructuredOutput: String, Sendable, Hashable, CaseIterable {
        /// `output_config.format`: the provider holds the model to the schema. Models that cannot
        /// do it refuse the request by that name, which costs nothing.
        case native
        /// A tool whose input is the reply: every model can, the fit is likely but not held, and
        /// the tool costs some input tokens. For older models and gateways.
        case tool
    }

    /// The version of the API this codec was written for, sent as `anthropic-version`.
    public static let apiVersion = "2023-06-01"

    public let provider: String
    private let url: String
    private let delivery: ReplyDelivery
    private let codec: MessagesCodec
    private let connection: ProviderConnection

    /// `baseURL` ends before `/v1/messages`. `headers` are sent with each call; one named
    /// `Authorization` or `x-api-key` takes the place of the key. `defaultMaxTokens` is the limit
    /// of a request that sets none, in tokens; every model takes 4096.
    public init(
        provider: String = "anthropic", baseURL: String = "https://api.anthropic.com",
        key: APIKey?, headers: [(name: String, value: String)] = [],
        structuredOutput: StructuredOutput = .native, defaultMaxTokens: Int = 4096,
        delivery: ReplyDelivery = .whole, http: HTTPClient
    ) {
        self.provider = provider
        self.delivery = delivery
        url = BaseURL(baseURL).appending("/v1/messages")
        codec = MessagesCodec(
            provider: provider, structuredOutput: structuredOutput,
            defaultMaxTokens: defaultMaxTokens)
        connection = ProviderConnection(
            provider: provider, http: http, key: key, keyField: .named("x-api-key"),
            headers: [("anthropic-version", Self.apiVersion)] + headers)
    }

    public func complete(_ request: ChatRequest) async throws(ModelError) -> ChatReply {
        try await connection.call(codec, url: url, request: request, delivery: delivery)
    }
}
