import AgentKit
import JSON
import Journal
import Tools

/// One call of a plugin's action by a workflow, through the journal: what was done is not done
/// again by a later attempt of the job, and counts in its records all the same.
struct ToolInvocation: Sendable {
    let plugin: String
    let action: String
    let arguments: JSONValue

    /// The result of a call, or the failure that ends the step. Such a failure is not journalled: a
    /// later attempt of the job tries again.
    func output(
        in context: StepContext, activity: inout RunActivity
    ) async throws(StepFailure) -> StepOutput {
        var live: ToolResult?
        let kept: ToolResult
        do {
            kept = try await call(in: context).result(
                of: context.engine.tools, journal: context.engine.journal
            ) { result in
                live = result
                guard !result.success else { return }
                let failure = failure(of: result.error)
                guard context.goesOn(after: failure) else { throw failure }
            }
        } catch {
            if let live { activity.noteToolCall(record(of: live)) }
            if let error = error as? ToolError { throw failure(of: error) }
            throw StepFailure(catching: error)
        }
        activity.noteToolCall(record(of: kept))
        guard kept.success else {
            var failure = failure(of: kept.error)
            failure.isReplayed = live == nil
            throw failure
        }
        var output = StepOutput(kept.data)
        output.plugin = plugin
        output.action = action
        output.metadata["itemCount"] = JSONValue(kept.itemsReturned)
        return output
    }

    private func call(in context: StepContext) -> JournalledToolCall {
        JournalledToolCall(
            plugin: plugin, action: action, arguments: arguments, key: context.key,
            idempotencyKey: idempotencyKey(in: context))
    }

    /// The same for every try: it is one and the same call.
    private func idempotencyKey(in context: StepContext) -> String {
        "\(context.engine.input.executionID.uuidString.lowercased())/\(context.path)"
    }

    private func record(of result: ToolResult) -> ToolCallRecord {
        ToolCallRecord(plugin: plugin, action: action, result: result)
    }

    private func failure(of error: ToolError?) -> StepFailure {
        if Task.isCancelled {
            var failure = StepFailure(RunFailure.cancelled)
            failure.mayHaveHappened = error?.isOutcomeUnknown ?? true
            return failure
        }
        guard let error else {
            return StepFailure(
                RunFailure(
                    .tool, code: WorkflowCode.pluginExecutionFailed.rawValue,
                    message: "the action failed", isPermanent: true))
        }
        var codes: Set<String> = [error.code.uppercased()]
        if let status = error.status { codes.insert(String(status)) }
        let failure = RunFailure(
            error.failureClass, code: WorkflowCode.pluginExecutionFailed.rawValue,
            message: error.isOutcomeUnknown
                ? "\(error); whether the action happened is unknown" : "\(error)",
            retryAfter: error.retryAfter, isPermanent: !error.isRetryable)
        var step = StepFailure(failure, isRepeatable: error.isRetryable, codes: codes)
        step.mayHaveHappened = error.isOutcomeUnknown
        return step
    }
}
