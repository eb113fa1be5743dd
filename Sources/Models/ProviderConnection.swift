import FoundationEssentials
import HTTP
import JSON
import Journal

/// How a provider is reached: its key, its headers, the client; and the one place where a request
/// goes out.
///
/// One call is one request: there is no retry loop here, because each repetition may be billed and
/// only the job knows its ledger, budget and backoff.
struct ProviderConnection: Sendable {
    /// The header that carries the key.
    enum KeyField: Sendable {
        /// `Authorization: Bearer …`
        case bearer
        /// The key alone under this name.
        case named(String)
    }

    let provider: String
    let http: HTTPClient
    let key: APIKey?
    let keyField: KeyField
    /// Sent with each call. One named as a key's header takes the key's place.
    let headers: [(name: String, value: String)]

    /// Makes a call and reads its reply.
    func call(
        _ codec: some ProviderCodec, url: String, request: ChatRequest, delivery: ReplyDelivery
    ) async throws(ModelError) -> ChatReply {
        switch delivery {
        case .whole:
            let answer = try await answer(
                "POST", url, Self.body(codec, request, delivery), for: request)
            return try Self.reply(codec, answer)
        case .stream:
            return try await stream(
                codec, url: url, body: Self.body(codec, request, delivery), for: request)
        }
    }

    // Not inlined, like `httpRequest` and `stream`: what they need would be in the frame of the call that
    // waits, all of it at once.

    @inline(never)
    private static func body(
        _ codec: some ProviderCodec, _ request: ChatRequest, _ delivery: ReplyDelivery
    ) -> JSONValue {
        codec.encode(request, delivery: delivery)
    }

    @inline(never)
    static func reply(
        _ codec: some ProviderCodec, _ answer: ProviderAnswer
    ) throws(ModelError) -> ChatReply {
        guard answer.isSuccess else { throw ModelError(answer) }
        return try codec.decode(answer).get()
    }

    /// Sends a request and collects the answer.
    func answer(
        _ method: String, _ url: String, _ body: JSONValue?, for request: ChatRequest,
        timeout: Duration? = nil
    ) async throws(ModelError) -> ProviderAnswer {
        let message = try httpRequest(method, url, body, timeout: timeout ?? request.timeout)
        let response: HTTPResponse
        do {
            response = try await http.send(message)
        } catch {
            throw ModelError(error, provider: provider)
        }
        return ProviderAnswer(
            provider: provider, status: response.status, headers: response.headers,
            body: response.body, request: request)
    }

    @inline(never)
    func httpRequest(
        _ method: String, _ url: String, _ body: JSONValue?, timeout: Duration,
        accept: String = "application/json"
    ) throws(ModelError) -> HTTPRequest {
        var fields: HTTPHeaders = ["Accept": accept]
        if body != nil { fields.add("Content-Type", "application/json") }
        for header in headers { fields.add(header.name, header.value) }
        if let key, fields["Authorization"] == nil, fields["api-key"] == nil,
            fields["x-api-key"] == nil
        {
            guard let value = key.value() else {
                throw ModelError(
                    .quota, providerCode: "missing_api_key",
                    message: "\(provider): the API key is empty or has characters no key has",
                    spend: .none)
            }
            switch keyField {
            case .bearer: fields.add("Authorization", "Bearer \(value)")
            case .named(let name): fields.add(name, value)
            }
        }
        var result = HTTPRequest(
            method: method, url: url, headers: fields, body: body?.serializedBytes)
        result.totalTimeout = timeout
        // A model may think for as long as it takes before the first byte, streamed or not.
        result.idleTimeout = timeout
        result.connectTimeout = min(result.connectTimeout, timeout)
        return result
    }
}
