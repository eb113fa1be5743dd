import HTTP
import JSON
import Journal

/// A server that speaks OpenAI's chat completions: OpenAI itself, Azure, and compatible ones.
///
/// One call is one request: there is no retry loop here, because each repetition may be billed and
/// only the job knows its ledger, budget and backoff. Streaming will be a second method beside
/// `complete`, over the same codec.
public struct OpenAIChatModel: ChatModel {
    public let provider: String
    private let endpoint: String
    private let key: APIKey?
    private let headers: [(name: String, value: String)]
    private let codec: ChatCompletionsCodec
    private let http: HTTPClient

    /// `baseURL` ends before `/chat/completions`, such as `https://api.openai.com/v1`; a query in
    /// it (Azure's `?api-version=…`) is kept. `key` is nil for a local server that wants none.
    /// `headers` are sent with each call, such as `OpenAI-Organization`; one named `Authorization`
    /// or `api-key` takes the place of the bearer token. `outputLimit` nil chooses by host.
    public init(
        provider: String = "openai", baseURL: String = "https://api.openai.com/v1", key: APIKey?,
        headers: [(name: String, value: String)] = [],
        outputLimit: ChatCompletionsCodec.OutputLimit? = nil, http: HTTPClient
    ) {
        self.provider = provider
        self.endpoint = Self.endpoint(baseURL)
        self.key = key
        self.headers = headers
        self.codec = ChatCompletionsCodec(
            provider: provider,
            outputLimit: outputLimit ?? .preferred(forHost: Self.host(of: baseURL)))
        self.http = http
    }

    public func complete(_ request: ChatRequest) async throws(ModelError) -> ChatReply {
        let response: HTTPResponse
        do {
            response = try await http.send(try httpRequest(request))
        } catch let error as HTTPError {
            throw ModelError(error, provider: provider)
        } catch let error as ModelError {
            throw error
        } catch {
            throw ModelError(.transport, message: "\(provider): no answer", spend: .unknown)
        }
        return try codec.decode(
            status: response.status, headers: response.headers, body: response.body, for: request
        ).get()
    }

    private func httpRequest(_ request: ChatRequest) throws(ModelError) -> HTTPRequest {
        var fields: HTTPHeaders = [
            "Content-Type": "application/json", "Accept": "application/json",
        ]
        for header in headers { fields.add(header.name, header.value) }
        if let key, fields["Authorization"] == nil, fields["api-key"] == nil {
            guard let value = key.value() else {
                throw ModelError(
                    .quota, providerCode: "missing_api_key",
                    message: "\(provider): the API key is empty or has characters no key has",
                    spend: .none)
            }
            fields.add("Authorization", "Bearer \(value)")
        }
        var result = HTTPRequest(
            method: "POST", url: endpoint, headers: fields,
            body: codec.encode(request).serializedBytes)
        result.totalTimeout = request.timeout
        // A whole reply comes at once: until then the line is silent for as long as it takes.
        result.idleTimeout = request.timeout
        result.connectTimeout = min(result.connectTimeout, request.timeout)
        return result
    }

    private static func endpoint(_ baseURL: String) -> String {
        let parts = baseURL.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path = parts[0]
        while path.last == "/" { path.removeLast() }
        let query = parts.count == 2 ? "?\(parts[1])" : ""
        return "\(path)/chat/completions\(query)"
    }

    private static func host(of url: String) -> String {
        let afterScheme = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard afterScheme.count == 3 else { return "" }
        let authority = afterScheme[2].prefix { $0 != "/" && $0 != "?" }
        let host = authority.split(separator: "@").last ?? ""
        return String(host.prefix { $0 != ":" })
    }
}
