import AgentKit
import FoundationEssentials
import Generation
import HTTP
import Jobs
import Models
import Orchestration
import Postgres
import RunLog
import Tools

/// Every kind of job this worker runs. A new kind is one handler file and one line here.
enum HandlerCatalog {
    /// `catalog` holds the plugins; `mcp` serves those of them that are MCP servers, nil none.
    static func handlers(
        _ settings: WorkerSettings, environment: [String: String], http: HTTPClient,
        toolHTTP: HTTPClient, pool: PostgresPool, lease: LeaseState, catalog: ToolCatalog,
        mcp: MCPServers?
    ) throws(SettingsError) -> [any JobHandler] {
        let models = try ProviderCatalog.models(settings, http: http)
        let tools = LeasedTools(
            tools: ToolCaller(
                catalog: catalog, http: toolHTTP,
                credentials: CredentialChain(environment: environment), mcp: mcp),
            lease: lease)
        var limits = AgentKitLimits()
        limits.defaultModel = settings.model
        let agentKit = AgentKit(models: models, tools: tools, limits: limits)
        let orchestrator = Orchestrator(agentKit: agentKit, tools: tools) { agent, user in
            let record = try await pool.withConnection {
                try await AgentRecords($0).load(agent: agent, user: user.uuidString)
            }
            return try record.map { try AgentDefinition(row: $0.row) }
        }
        let memory = AgentMemory(
            settings: settings.memory,
            summarizer: RunSummarizer(
                models: models, model: settings.memory.model, timeout: settings.memory.timeout),
            pool: pool)
        return [
            GenerationHandler(
                generator: Generator(
                    models: models,
                    settings: GenerationSettings(
                        data: try generationData(settings), model: settings.generationModel)),
                pool: pool),
            AgentRunHandler(
                kind: JobKind.agentkit.rawValue,
                engine: { agent, input, journal, _ in
                    await agentKit.run(agent: agent, input: input, journal: journal)
                }, mayAskModel: { _ in true }, memory: memory, pool: pool),
            AgentRunHandler(
                kind: JobKind.orchestrator.rawValue,
                engine: { agent, input, journal, isLastAttempt in
                    await orchestrator.run(
                        agent: agent, input: input, journal: journal, isLastAttempt: isLastAttempt)
                }, mayAskModel: orchestrator.mayAskModel, memory: memory, pool: pool),
        ]
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
