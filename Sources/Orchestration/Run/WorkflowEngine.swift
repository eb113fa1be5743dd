import AgentKit
import FoundationEssentials
import Journal

/// What every step of one run shares.
struct WorkflowEngine: Sendable {
    let agentKit: AgentKit
    let tools: any ToolCalling
    let limits: OrchestrationLimits
    let catalog: StepCatalog
    /// The agent whose workflow it is; a sub-workflow's steps have that of theirs.
    var agent: AgentDefinition
    var input: RunInput
    let journal: any Journal
    let budget: StepBudget
    let surroundings: Surroundings
    let cache = StepCache()
    let rollbacks = RollbackLog()
    var deadline = Deadline.none
    /// Whether a step around these lets the run go on after a failure.
    var absorbsFailures = false
    /// Workflows of other agents this one is nested in.
    var workflowDepth = 0

    func now() -> Date { surroundings.now() }
    func jitter() -> Double { surroundings.jitter() }

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
        if duration > .zero {
            do { try await surroundings.sleep(duration) } catch {
                throw StepFailure(RunFailure.cancelled)
            }
        }
        if Task.isCancelled { throw StepFailure(RunFailure.cancelled) }
    }

    /// Runs `body` with a deadline shrunk to `limit`. When the time is up, its task is cancelled
    /// and awaited all the same, because it may end well at the last moment.
    func within<Value: Sendable>(
        _ limit: Duration?, _ body: @escaping @Sendable (WorkflowEngine) async -> Value
    ) async -> (value: Value, isTimedOut: Bool) {
        guard let limit else { return (await body(self), false) }
        var inner = self
        inner.deadline = deadline.shrunk(to: limit)
        let engine = inner
        return await withTaskGroup(of: Race<Value>.self) { group in
            group.addTask { .ended(await body(engine)) }
            group.addTask {
                do { try await engine.surroundings.alarm(limit) } catch { return .unalarmed }
                return .timeIsUp
            }
            var isTimedOut = false
            for await result in group {
                switch result {
                case .ended(let value):
                    group.cancelAll()
                    return (value, isTimedOut)
                case .timeIsUp:
                    isTimedOut = !Task.isCancelled
                    group.cancelAll()
                case .unalarmed: break
                }
            }
            preconditionFailure("the body's result ends the loop")
        }
    }

    private enum Race<Value: Sendable>: Sendable {
        case ended(Value)
        case timeIsUp
        case unalarmed
    }
}
