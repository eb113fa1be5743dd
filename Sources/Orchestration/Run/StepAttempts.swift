import AgentKit
import Journal

/// Runs one step, and repeats it where its retry policy says so. A repetition has the same path
/// and thus the same keys: what was journalled or done under them is not done twice.
struct StepAttempts {
    let step: PlannedStep
    let context: StepContext

    func run() async -> StepEnd {
        var activity = RunActivity()
        let policy = step.step.retryPolicy ?? StepRetryPolicy()
        var failures = 0
        while true {
            do {
                let output = try await attempt(&activity)
                return StepEnd(id: step.step.id, result: .success(output), activity: activity)
            } catch {
                failures += 1
                let engine = context.engine
                let pause = policy.delay(
                    after: error, failures: failures, jitter: engine.jitter(),
                    limit: engine.limits.maxBackoff)
                guard let pause, (try? await engine.pause(pause)) != nil else {
                    return end(error, activity)
                }
                activity.stepRetries += 1
            }
        }
    }

    private func attempt(_ activity: inout RunActivity) async throws(StepFailure) -> StepOutput {
        if Task.isCancelled { throw StepFailure(.cancelled) }
        guard context.engine.budget.take() else {
            throw StepFailure(
                .workflow(
                    .execution,
                    "the run started more than \(context.engine.limits.maxStepRuns) steps"))
        }
        return try await step.type.run(step, in: context, activity: &activity)
    }

    private func end(_ failure: StepFailure, _ activity: RunActivity) -> StepEnd {
        let failure = Task.isCancelled ? StepFailure(.cancelled) : failure
        return StepEnd(id: step.step.id, result: .failure(failure), activity: activity)
    }
}
