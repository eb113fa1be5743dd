import HTTP
import Models

/// The model providers of this process. A new one is its file in `Models` and its lines here.
enum ProviderCatalog {
    static func models(
        _ settings: WorkerSettings, http: HTTPClient
    ) throws(SettingsError) -> ModelCatalog {
        var providers: [any ChatModel] = []
        if let openAI = openAI(settings, http) { providers.append(openAI) }
        if settings.anthropicKey != nil || settings.anthropicBaseURL != nil {
            providers.append(
                AnthropicModel(
                    baseURL: settings.anthropicBaseURL ?? "https://api.anthropic.com",
                    key: settings.anthropicKey.map { APIKey($0) }, delivery: settings.delivery,
                    http: http))
        }
        if let endpoint = settings.azureEndpoint {
            providers.append(
                AzureChatModel(
                    endpoint: endpoint, apiVersion: settings.azureAPIVersion,
                    key: settings.azureKey.map { APIKey($0) }, delivery: settings.delivery,
                    http: http))
        }
        for provider in settings.compatibleProviders {
            providers.append(
                OpenAIChatModel(
                    provider: provider.name, baseURL: provider.url,
                    key: provider.key.map { APIKey($0) }, delivery: settings.delivery, http: http))
        }
        // A name without a provider is asked of the first one.
        let catalog = ModelCatalog(
            providers: providers, default: providers.first?.provider ?? "openai",
            fallbacks: settings.fallbackModels)
        if !providers.isEmpty {
            do {
                _ = try catalog.ladder(settings.model)
                _ = try catalog.ladder(settings.generationModel)
            } catch {
                throw SettingsError(faults: [
                    "AGENT_WORKER_MODEL, AGENT_WORKER_GENERATION_MODEL or "
                        + "AGENT_WORKER_FALLBACK_MODELS: \(error.message)"
                ])
            }
        }
        return catalog
    }

    /// OpenAI needs a key; another server named by its base URL may not.
    private static func openAI(
        _ settings: WorkerSettings, _ http: HTTPClient
    ) -> (any ChatModel)? {
        guard settings.openAIKey != nil || settings.openAIBaseURL != WorkerSettings().openAIBaseURL
        else { return nil }
        let key = settings.openAIKey.map { APIKey($0) }
        switch settings.openAIInterface {
        case .chat:
            return OpenAIChatModel(
                baseURL: settings.openAIBaseURL, key: key, delivery: settings.delivery, http: http)
        case .responses:
            return ResponsesModel(
                baseURL: settings.openAIBaseURL, key: key, delivery: settings.delivery, http: http)
        case .background:
            return BackgroundResponsesModel(
                baseURL: settings.openAIBaseURL, key: key, http: http)
        }
    }
}
