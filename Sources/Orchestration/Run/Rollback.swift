import JSON
import Journal

/// Undoes the steps of a run that failed for good, the last first. What it does is journalled and
/// recorded like any other call; a failure of its own stops nothing.
struct Rollback {
    let engine: WorkflowEngine

    /// What was undone and what was not, for the run's message; empty when there was nothing to do.
    func run(_ activity: inout RunActivity) async -> String {
        var done: [String] = []
        var failed: [String] = []
        for entry in engine.rollbacks.newestFirst {
            if let failure = await undo(entry, &activity) {
                failed.append("'\(entry.path)': \(failure)")
            } else {
                done.append("'\(entry.path)'")
            }
        }
        var sentences: [String] = []
        if !done.isEmpty { sentences.append("rolled back: " + done.joined(separator: ", ")) }
        if !failed.isEmpty {
            sentences.append("could not be rolled back: " + failed.joined(separator: "; "))
        }
        return sentences.joined(separator: "; ")
    }

    private func undo(_ entry: RollbackLog.Entry, _ activity: inout RunActivity) async -> String? {
        let arguments: JSONValue
        switch entry.arguments {
        case .success(let value): arguments = value
        case .failure(let failure): return failure.description
        }
        let handling = FailureHandling(
            policy: StepRetryPolicy(), maxBackoff: engine.limits.maxBackoff, isAbsorbed: false,
            hasFallback: false)
        var context = StepContext(
            engine: engine, scope: Scope(inputs: [:]), path: "\(entry.path)!rollback",
            handling: handling)
        let call = ToolInvocation(
            plugin: entry.action.plugin, action: entry.action.action, arguments: arguments)
        while true {
            do {
                _ = try await call.output(in: context, activity: &activity)
                return nil
            } catch {
                let pause = handling.pause(
                    after: error, tries: context.attempt, jitter: engine.jitter())
                guard let pause, (try? await engine.pause(pause)) != nil else {
                    return error.failure.message
                }
                context.attempt += 1
                activity.stepRetries += 1
            }
        }
    }
}
