import EventLoop
import HTTP
import HTTPTestSupport
import Journal
import Testing

@testable import Models

@Suite("OpenAI and compatible servers over HTTP")
struct OpenAIChatModelTests {
    private static let reply =
        #"{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#

    private func ask(
        path: String, key: APIKey?, headers: [(name: String, value: String)] = []
    ) async throws -> CannedRequest {
        let server = try CannedServer { _ in .response(Self.reply) }
        let http = HTTPClient(loop: EventLoop(name: "models"))
        let model = OpenAIChatModel(
            provider: "x", baseURL: server.baseURL + path, key: key, headers: headers, http: http)
        let reply = try await model.complete(
            ChatRequest(model: "m", messages: [.user("x")], maxOutputTokens: 9))
        #expect(reply.provider == "x")
        await http.shutdown()
        return try #require(server.requests.first)
    }

    @Test("the key is a bearer token, the path is joined to the base URL")
    func bearer() async throws {
        let request = try await ask(path: "/v1/", key: APIKey("sk-1"))
        #expect(request.method == "POST" && request.target == "/v1/chat/completions")
        #expect(request.header("Authorization") == "Bearer sk-1")
        #expect(request.header("Content-Type") == "application/json")
        #expect(request.body.contains("\"max_tokens\":9"))
    }

    @Test("Azure's api-version stays a query, its key header takes the bearer's place")
    func azure() async throws {
        let request = try await ask(
            path: "/openai/deployments/d?api-version=2024-10-21", key: APIKey("sk-1"),
            headers: [("api-key", "k")])
        #expect(
            request.target == "/openai/deployments/d/chat/completions?api-version=2024-10-21")
        #expect(request.header("api-key") == "k" && request.header("Authorization") == nil)
    }

    @Test("a local server gets no key")
    func local() async throws {
        #expect(try await ask(path: "/v1", key: nil).header("Authorization") == nil)
    }

    @Test("without a usable key nothing is sent")
    func missingKey() async throws {
        let server = try CannedServer { _ in .response(Self.reply) }
        let http = HTTPClient(loop: EventLoop(name: "models"))
        let model = OpenAIChatModel(
            baseURL: server.baseURL, key: APIKey(reading: { nil }), http: http)
        let error = await #expect(throws: ModelError.self) {
            try await model.complete(ChatRequest(model: "m", messages: []))
        }
        #expect(error?.failureClass == .quota && error?.spend == Spend.none)
        #expect(server.requests.isEmpty)
        await http.shutdown()
    }
}
