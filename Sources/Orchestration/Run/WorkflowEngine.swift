import AgentKit
import Journal

/// What every step of one run shares.
struct WorkflowEngine: Sendable {
    let agentKit: AgentKit
    let tools: any ToolCalling
    let limits: OrchestrationLimits
    let agent: AgentDefinition
    let input: RunInput
    let journal: any Journal
    let budget: StepBudget
    /// Waits; throws when the task is cancelled.
    let sleep: @Sendable (Duration) async throws -> Void
    /// −0.2 … 0.2.
    let jitter: @Sendable () -> Double

    /// Runs a planned list of steps. `path` is its place in the run, empty or ending with a dot;
    /// nil as concurrency means the limits' own.
    func run(
        _ block: StepBlock, scope: Scope, path: String, concurrency: Int? = nil
    ) async -> BlockOutcome {
        let limit = min(concurrency ?? limits.maxConcurrentSteps, limits.maxConcurrencyAsked)
        var run = BlockRun(engine: self, block: block, scope: scope, path: path)
        return await run.outcome(concurrency: max(1, limit))
    }

    /// Pauses; a cancelled pause is a failure of class `cancelled`.
    func pause(_ duration: Duration) async throws(StepFailure) {
        do { try await sleep(duration) } catch { throw StepFailure(.cancelled) }
        if Task.isCancelled { throw StepFailure(.cancelled) }
    }
}
