import AgentKit
import Journal

/// Runs an agent's workflow: typed steps with dependencies, conditions and retries. Its LLM steps
/// are AgentKit runs.
public struct Orchestrator: Sendable {
    private let agentKit: AgentKit
    private let tools: any ToolCalling
    private let limits: OrchestrationLimits
    private let catalog = StepCatalog.standard
    private let sleep: @Sendable (Duration) async throws -> Void
    private let jitter: @Sendable () -> Double

    /// `sleep` waits for delays and between repetitions, and throws when the task is cancelled;
    /// `jitter` gives the random part of a pause, −0.2 … 0.2. Both have sensible defaults.
    public init(
        agentKit: AgentKit, tools: any ToolCalling,
        limits: OrchestrationLimits = OrchestrationLimits(),
        sleep: @escaping @Sendable (Duration) async throws -> Void = {
            try await Task.sleep(for: $0)
        },
        jitter: @escaping @Sendable () -> Double = { .random(in: -0.2...0.2) }
    ) {
        self.agentKit = agentKit
        self.tools = tools
        self.limits = limits
        self.sleep = sleep
        self.jitter = jitter
    }

    /// Checks and orders the agent's workflow without running anything. The failure is of class
    /// `invalid_payload`, code VALIDATION_ERROR, and lists every fault.
    public func plan(_ agent: AgentDefinition) throws(RunFailure) -> WorkflowPlan {
        try PlanBuilder.plan(agent, catalog: catalog, tools: tools)
    }

    /// Runs the workflow to its end; never throws, and returns promptly with class `cancelled`
    /// when its task is cancelled. It succeeds when no step failed but those with
    /// `continueOnError`.
    public func run(
        agent: AgentDefinition, input: RunInput, journal: any Journal
    ) async -> RunResult {
        let plan: WorkflowPlan
        do { plan = try self.plan(agent) } catch {
            return RunResult(failure: error, steps: StepCounts())
        }
        let engine = WorkflowEngine(
            agentKit: agentKit, tools: tools, limits: limits, agent: agent, input: input,
            journal: journal, budget: StepBudget(limits.maxStepRuns), sleep: sleep,
            jitter: jitter)
        let outcome = await engine.run(
            plan.root, scope: Scope(inputs: input.inputValues), path: "")
        return Self.result(of: outcome, plan: plan, agent: agent)
    }

    private static func result(
        of outcome: BlockOutcome, plan: WorkflowPlan, agent: AgentDefinition
    ) -> RunResult {
        let activity = outcome.activity
        var result = RunResult(
            failure: outcome.failure, iterations: activity.iterations,
            toolCalls: activity.toolCalls, toolTimeMs: activity.toolTimeMs, model: activity.model,
            provider: activity.provider, models: activity.models,
            pluginsUsed: activity.pluginsUsed, steps: outcome.counts,
            stepRetries: activity.stepRetries, workflow: activity.workflow)
        guard outcome.failure == nil else { return result }
        do {
            result.output = try WorkflowOutput(schema: agent.outputSchema)
                .value(of: plan.root, in: outcome.scope)
        } catch {
            result.failure = error
        }
        return result
    }
}
