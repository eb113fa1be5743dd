import AgentKit
import JSON
import Journal

/// Runs an agent's workflow: typed steps with dependencies, conditions and retries. Its LLM steps
/// are AgentKit runs.
public struct Orchestrator: Sendable {
    private let agentKit: AgentKit
    private let tools: any ToolCalling
    private let limits: OrchestrationLimits
    private let catalog: StepCatalog
    private let surroundings: Surroundings

    /// `loadWorkflow` finds the agents whose workflows `sub_workflow` steps name; without it such
    /// steps are faults of the plan.
    public init(
        agentKit: AgentKit, tools: any ToolCalling,
        limits: OrchestrationLimits = OrchestrationLimits(), loadWorkflow: WorkflowLoader? = nil
    ) {
        self.init(
            agentKit: agentKit, tools: tools, limits: limits, loadWorkflow: loadWorkflow,
            surroundings: Surroundings())
    }

    init(
        agentKit: AgentKit, tools: any ToolCalling, limits: OrchestrationLimits,
        loadWorkflow: WorkflowLoader?, surroundings: Surroundings
    ) {
        self.agentKit = agentKit
        self.tools = tools
        self.limits = limits
        catalog = .standard(loadWorkflow: loadWorkflow)
        self.surroundings = surroundings
    }

    /// Checks and orders the agent's workflow without running anything. The failure is of class
    /// `invalid_payload`, code VALIDATION_ERROR, and lists every fault.
    public func plan(_ agent: AgentDefinition) throws(RunFailure) -> WorkflowPlan {
        try PlanBuilder.plan(agent, catalog: catalog, tools: tools)
    }

    /// Whether a run of the agent's workflow may come to ask a model.
    public func mayAskModel(_ agent: AgentDefinition) -> Bool { WorkflowModels.mayAsk(agent) }

    /// Runs the workflow to its end, or to where it waits for something from outside
    /// (`RunResult.suspension`); never throws, and returns promptly with class `cancelled` when
    /// its task is cancelled. It succeeds when no step failed but those with `continueOnError`.
    ///
    /// A run that fails for good is rolled back. `isLastAttempt` says that it fails for good
    /// whatever the failure, since the job's attempts are spent.
    public func run(
        agent: AgentDefinition, input: RunInput, journal: any Journal, isLastAttempt: Bool = false
    ) async -> RunResult {
        let plan: WorkflowPlan
        do {
            try await tools.prepare(plugins: WorkflowPlugins.names(of: agent))
            plan = try self.plan(agent)
        } catch {
            return RunResult(failure: .from(error), steps: StepCounts())
        }
        let engine = WorkflowEngine(
            agentKit: agentKit, tools: tools, limits: limits, catalog: catalog, agent: agent,
            input: input, journal: journal, budget: StepBudget(limits.maxStepRuns),
            surroundings: surroundings)
        var (outcome, isTimedOut) = await engine.within(limits.maxRunTime) { engine in
            await engine.run(plan.root, scope: Scope(inputs: input.inputValues), path: "")
        }
        if isTimedOut, outcome.failure?.failureClass == .cancelled {
            outcome.failure = RunFailure(
                .timeout, code: WorkflowCode.timeout.rawValue,
                message: "the run's time limit passed")
        }
        var output = JSONValue.null
        if outcome.failure == nil, outcome.suspension == nil {
            do {
                output = try WorkflowOutput(schema: agent.outputSchema)
                    .value(of: plan.root, in: outcome.scope)
            } catch {
                outcome.failure = error
            }
        }
        await rollBack(&outcome, on: engine, isLastAttempt: isLastAttempt)
        return Self.result(of: outcome, output: output, memory: input.memory)
    }

    private func rollBack(
        _ outcome: inout BlockOutcome, on engine: WorkflowEngine, isLastAttempt: Bool
    ) async {
        guard let failure = outcome.failure, failure.failureClass != .cancelled,
            failure.isFinal || isLastAttempt, !Task.isCancelled
        else { return }
        let report = await Rollback(engine: engine).run(&outcome.activity)
        if !report.isEmpty { outcome.failure?.message += "; \(report)" }
    }

    private static func result(
        of outcome: BlockOutcome, output: JSONValue, memory: MemoryContext?
    ) -> RunResult {
        let activity = outcome.activity
        var result = RunResult(
            output: output, failure: outcome.failure, iterations: activity.iterations,
            toolCalls: activity.toolCalls, toolTimeMs: activity.toolTimeMs, model: activity.model,
            provider: activity.provider, models: activity.models,
            pluginsUsed: activity.pluginsUsed, steps: outcome.counts,
            stepRetries: activity.stepRetries, workflow: activity.workflow)
        result.suspension = outcome.suspension
        // Its LLM steps, those of sub-workflows too, were told all of it.
        if activity.iterations > 0, let memory { result.memory = memory.use }
        return result
    }
}
