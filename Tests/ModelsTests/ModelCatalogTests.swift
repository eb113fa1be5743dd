import Journal
import Testing

@testable import Models

@Suite("The catalogue of providers")
struct ModelCatalogTests {
    private struct Named: ChatModel {
        let provider: String
        func complete(_ request: ChatRequest) async throws(ModelError) -> ChatReply {
            throw ModelError(.provider, message: "not called", spend: .none)
        }
    }

    private let catalog = ModelCatalog(
        providers: [Named(provider: "openai"), Named(provider: "local")], default: "openai")

    @Test(
        "a name goes to the provider it names, else to the default",
        arguments: [
            ("gpt-4o", "openai", "gpt-4o"), ("openai:gpt-4o", "openai", "gpt-4o"),
            ("local:llama3:8b", "local", "llama3:8b"),
            ("openai:ft:gpt-4o-mini:acme::id", "openai", "ft:gpt-4o-mini:acme::id"),
        ])
    func resolve(text: String, provider: String, name: String) throws {
        let resolved = try catalog.resolve(text)
        #expect(resolved.model.provider == provider)
        #expect(resolved.name == name)
    }

    @Test(
        "what cannot be resolved names the field and the providers there are",
        arguments: [
            ("azure:gpt-4o", "UNKNOWN_PROVIDER"), ("llama3:8b", "UNKNOWN_PROVIDER"),
            ("", "MODEL_NAME_EMPTY"), ("openai:", "MODEL_NAME_EMPTY"),
            (":gpt-4o", "UNKNOWN_PROVIDER"),
        ])
    func unknown(text: String, code: String) {
        let failure = #expect(throws: RunFailure.self) { try catalog.resolve(text) }
        #expect(failure?.failureClass == .invalidPayload)
        #expect(failure?.code == code)
        #expect(failure?.isPermanent == true)
        #expect(failure?.message.hasPrefix("model: ") == true)
        if code == "UNKNOWN_PROVIDER" {
            #expect(failure?.message.contains("local, openai") == true)
        }
    }

    @Test("without any provider the failure says what to set")
    func none() {
        let empty = ModelCatalog(providers: [], default: "openai")
        let failure = #expect(throws: RunFailure.self) { try empty.resolve("gpt-4o") }
        #expect(failure?.code == "NO_PROVIDER")
    }

    @Test("a ladder begins with the model asked for, the fallbacks follow in their order")
    func ladder() throws {
        let catalog = ModelCatalog(
            providers: [Named(provider: "openai"), Named(provider: "local")], default: "openai",
            fallbacks: ["gpt-4o", "local:llama3"], policy: .never)
        let ladder = try catalog.ladder("gpt-4o")
        #expect(ladder.candidates.map(\.name) == ["gpt-4o", "llama3"])
        #expect(ladder.candidates.map(\.model.provider) == ["openai", "local"])
        #expect(ladder.policy == .never)
        #expect(try self.catalog.ladder("gpt-4o").candidates.count == 1)
        let broken = ModelCatalog(
            providers: [Named(provider: "openai")], default: "openai", fallbacks: ["azure:x"])
        let failure = #expect(throws: RunFailure.self) { try broken.ladder("gpt-4o") }
        #expect(failure?.code == "UNKNOWN_PROVIDER")
    }
}
