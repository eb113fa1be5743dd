import Journal
import Models

/// Runs an agent: a model, the actions of its plugins, and the loop between them.
public struct AgentKit: Sendable {
    let models: ModelCatalog
    let tools: any ToolCalling
    let limits: AgentKitLimits

    public init(
        models: ModelCatalog, tools: any ToolCalling, limits: AgentKitLimits = AgentKitLimits()
    ) {
        self.models = models
        self.tools = tools
        self.limits = limits
    }

    /// Runs the agent to its answer or its failure; never throws, and returns promptly with class
    /// `cancelled` when its task is cancelled.
    ///
    /// `stepPrefix` goes before the name of every model call in the journal: a run of its own has
    /// `iteration1`, a workflow's step `step3[2].iteration1`.
    public func run(
        agent: AgentDefinition, input: RunInput, journal: any Journal, stepPrefix: String = ""
    ) async -> RunResult {
        var run = AgentRun(
            kit: self, agent: agent, input: input, journal: journal, stepPrefix: stepPrefix)
        return await run.result()
    }
}
