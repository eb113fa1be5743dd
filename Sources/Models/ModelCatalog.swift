import Journal

/// The providers of this process, by name: turns the model name of a job into a provider to call.
///
/// `gpt-4o` is asked of the default provider, `openai:gpt-4o` of the one named. Only the first
/// colon separates, so a name that has colons itself is written with its provider:
/// `openai:ft:gpt-4o-mini:acme::id`.
public struct ModelCatalog: Sendable {
    /// A provider and the model name to put into the request.
    public struct Resolved: Sendable {
        public let model: any ChatModel
        public let name: String
    }

    private let providers: [String: any ChatModel]
    private let defaultProvider: String
    private let fallbacks: [String]
    private let policy: FallbackPolicy

    /// Two providers of one name, or a default that is not among the providers, are programming
    /// errors: the composition root builds both from the same settings. An empty list is not: a
    /// worker without keys still runs what calls no model, and `resolve` says what is missing.
    /// `fallbacks` are the names of the models to ask, in order, when the one that was asked for
    /// fails in a way that `policy` lists.
    public init(
        providers: [any ChatModel], default defaultProvider: String, fallbacks: [String] = [],
        policy: FallbackPolicy = .standard
    ) {
        self.providers = Dictionary(
            providers.map { ($0.provider, $0) },
            uniquingKeysWith: { first, _ in
                preconditionFailure("provider \(first.provider) is registered twice")
            })
        precondition(
            providers.isEmpty || self.providers[defaultProvider] != nil,
            "the default provider \(defaultProvider) is not registered")
        self.defaultProvider = defaultProvider
        self.fallbacks = fallbacks
        self.policy = policy
    }

    /// The names of the providers, sorted.
    public var providerNames: [String] { providers.keys.sorted() }

    /// The provider of names that name none; nil when there is no provider at all.
    public var defaultProviderName: String? { providers.isEmpty ? nil : defaultProvider }

    /// Finds the provider of a model name. The failure is `invalid_payload` and names the field.
    public func resolve(_ modelName: String) throws(RunFailure) -> Resolved {
        let parts = modelName.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let provider = parts.count == 2 ? String(parts[0]) : defaultProvider
        let name = String(parts[parts.count - 1])
        guard !name.isEmpty else {
            throw Self.failure("MODEL_NAME_EMPTY", "model: the name of a model is missing")
        }
        guard let model = providers[provider] else { throw unknown(provider) }
        return Resolved(model: model, name: name)
    }

    /// The model of that name and those to ask when it fails. Fails as `resolve` does, also for a
    /// fallback that cannot be resolved.
    public func ladder(_ modelName: String) throws(RunFailure) -> ModelLadder {
        let first = try resolve(modelName)
        var others: [Resolved] = []
        for name in fallbacks { others.append(try resolve(name)) }
        return ModelLadder(first, fallbacks: others, policy: policy)
    }

    private func unknown(_ provider: String) -> RunFailure {
        guard !providers.isEmpty else {
            return Self.failure(
                "NO_PROVIDER",
                "model: no provider is configured; set OPENAI_API_KEY or another provider's key")
        }
        let known = providerNames.joined(separator: ", ")
        return Self.failure(
            "UNKNOWN_PROVIDER",
            "model: unknown provider \"\(Redaction.scrub(provider, limit: 60))\" "
                + "(known: \(known)); write a model name that contains a colon as provider:name")
    }

    private static func failure(_ code: String, _ message: String) -> RunFailure {
        RunFailure(.invalidPayload, code: code, message: message, isPermanent: true)
    }
}
