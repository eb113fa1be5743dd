import HTTP
import JSON
import Journal

/// OpenAI's Responses API in background mode: the only mode of OpenAI in which the death of a
/// worker does not lose the answer.
///
/// A response is kept for about ten minutes after its end; an id older than that is answered with
/// 404, which is `response_expired` here.
public struct BackgroundResponsesModel: ResumableChatModel {
    public let provider: String
    public let polling: PollingInterval
    private let base: BaseURL
    private let codec: ResponsesCodec
    private let connection: ProviderConnection

    /// The longest a single question may take.
    private static let questionTimeout: Duration = .seconds(30)

    /// As `ResponsesModel`; `polling` says how often to ask for the reply.
    public init(
        provider: String = "openai", baseURL: String = "https://api.openai.com/v1", key: APIKey?,
        headers: [(name: String, value: String)] = [], polling: PollingInterval = .init(),
        http: HTTPClient
    ) {
        self.provider = provider
        self.polling = polling
        base = BaseURL(baseURL)
        codec = ResponsesCodec(provider: provider, isBackground: true)
        connection = ProviderConnection(
            provider: provider, http: http, key: key, keyField: .bearer, headers: headers)
    }

    public func submit(_ request: ChatRequest) async throws(ModelError) -> String {
        let answer = try await connection.answer(
            "POST", base.appending("/responses"), codec.encode(request, delivery: .whole),
            for: request)
        guard answer.isSuccess else { throw ModelError(answer) }
        guard let id = ProviderAnswer.identifier(answer.value?["id"]?.stringValue) else {
            throw answer.broken("it has no id", .cachedIncluded)
        }
        return id
    }

    public func poll(
        _ id: String, for request: ChatRequest
    ) async throws(ModelError) -> SubmittedCall {
        let answer = try await connection.answer(
            "GET", url(id), nil, for: request,
            timeout: min(Self.questionTimeout, request.timeout))
        if answer.status == 404 { return .failed(expired(answer)) }
        guard answer.isSuccess else { throw ModelError(answer) }
        switch answer.value?["status"]?.stringValue {
        case "queued", "in_progress": return .pending
        default: break
        }
        switch codec.decode(answer) {
        case .success(let reply): return .finished(reply)
        case .failure(let error): return .failed(error)
        }
    }

    public func cancel(_ id: String) async {
        // The caller's task may be cancelled already, which would keep the request from going out.
        let message = try? connection.httpRequest(
            "POST", base.appending("/responses/\(BaseURL.segment(id))/cancel"), nil,
            timeout: Self.questionTimeout)
        guard let message else { return }
        let http = connection.http
        _ = await Task { try? await http.send(message) }.value
    }

    private func url(_ id: String) -> String {
        base.appending("/responses/\(BaseURL.segment(id))")
    }

    private func expired(_ answer: ProviderAnswer) -> ModelError {
        ModelError(
            .provider, status: 404, providerCode: "response_expired",
            message: "\(provider): the provider no longer has the reply of a submitted call",
            spend: .unknown)
    }
}
