import AgentKit
import FoundationEssentials
import Generation
import HTTP
import Jobs
import Models
import Orchestration
import Postgres
import Tools

/// Every kind of job this worker runs. A new kind is one handler file and one line here.
enum HandlerCatalog {
    static func handlers(
        _ settings: WorkerSettings, environment: [String: String], http: HTTPClient,
        toolHTTP: HTTPClient, pool: PostgresPool, lease: LeaseState
    ) throws(SettingsError) -> [any JobHandler] {
        let models = models(settings, http: http)
        let tools = LeasedTools(
            tools: ToolCaller(
                catalog: try plugins(settings), http: toolHTTP,
                credentials: CredentialChain(environment: environment)),
            lease: lease)
        var limits = AgentKitLimits()
        limits.defaultModel = settings.model
        let agentKit = AgentKit(models: models, tools: tools, limits: limits)
        let orchestrator = Orchestrator(agentKit: agentKit, tools: tools)
        return [
            GenerationHandler(
                generator: Generator(
                    models: models,
                    settings: GenerationSettings(
                        data: try generationData(settings), model: settings.generationModel)),
                pool: pool),
            AgentRunHandler(
                kind: JobKind.agentkit.rawValue,
                engine: { await agentKit.run(agent: $0, input: $1, journal: $2) }, pool: pool),
            AgentRunHandler(
                kind: JobKind.orchestrator.rawValue,
                engine: { await orchestrator.run(agent: $0, input: $1, journal: $2) }, pool: pool),
        ]
    }

    /// OpenAI needs a key; another server named by its base URL may not.
    private static func models(_ settings: WorkerSettings, http: HTTPClient) -> ModelCatalog {
        var providers: [any ChatModel] = []
        let isOpenAI = settings.openAIBaseURL == WorkerSettings().openAIBaseURL
        if settings.openAIKey != nil || !isOpenAI {
            providers.append(
                OpenAIChatModel(
                    baseURL: settings.openAIBaseURL,
                    key: settings.openAIKey.map { APIKey($0) }, http: http))
        }
        return ModelCatalog(providers: providers, default: "openai")
    }

    static func plugins(_ settings: WorkerSettings) throws(SettingsError) -> ToolCatalog {
        guard let directory = settings.pluginsDirectory else { return ToolCatalog() }
        do {
            return try ToolCatalog.load(directory: directory)
        } catch {
            throw SettingsError(faults: ["AGENT_WORKER_PLUGINS: \(error)"])
        }
    }

    static func generationData(
        _ settings: WorkerSettings
    ) throws(SettingsError) -> GenerationData {
        do {
            return try GenerationData.load(
                agentSchemaPath: settings.agentSchemaFile, skillsPath: settings.skillsFile)
        } catch {
            throw SettingsError(
                faults: ["AGENT_WORKER_AGENT_SCHEMA or AGENT_WORKER_SKILLS: \(error)"])
        }
    }
}
