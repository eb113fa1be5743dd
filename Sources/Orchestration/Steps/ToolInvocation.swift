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

    /// Questions a tool may ask a person before it must be done.
    private static let maxQuestions = 10

    /// A call that needs a person's answer is made again with it.
    func output(
        in context: StepContext, activity: inout RunActivity
    ) async throws(StepFailure) -> StepOutput {
        var key = context.key
        var answer: ToolInputAnswer?
        for number in 1...Self.maxQuestions {
            let call = try await outcome(key, answer, in: context, activity: &activity)
            switch call {
            case .ended(let output): return output
            case .asks(let request):
                answer = try await ask(request, key: "\(context.key).input\(number)", context)
                key = "\(context.key).answered\(number)"
            }
        }
        throw StepFailure(
            RunFailure(
                .tool, code: WorkflowCode.pluginExecutionFailed.rawValue,
                message: "the action asked for input more than \(Self.maxQuestions) times",
                isPermanent: true))
    }

    private enum Outcome {
        case ended(StepOutput)
        case asks(ToolInputRequest)
    }

    private func outcome(
        _ key: String, _ answer: ToolInputAnswer?, in context: StepContext,
        activity: inout RunActivity
    ) async throws(StepFailure) -> Outcome {
        var live: ToolResult?
        let kept: ToolResult
        do {
            let output = try await perform(key, answer, in: context) { live = $0 }
            if let request = output["asks"] {
                return .asks(try ToolInputRequest(journalled: request))
            }
            kept = try ToolResult(journalled: output)
        } catch {
            if let live { activity.noteToolCall(record(of: live)) }
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
        return .ended(output)
    }

    /// The result as the journal keeps it. A failure that ends the step is thrown and not kept: a
    /// later attempt of the job tries again.
    private func perform(
        _ key: String, _ answer: ToolInputAnswer?, in context: StepContext,
        _ note: (ToolResult) -> Void
    ) async throws -> JSONValue {
        let tools = context.engine.tools
        let step = JournalStep(
            key: key, kind: .tool,
            fingerprint: Fingerprint.of([
                .string(plugin), .string(action), arguments, answer?.journalled ?? .null,
            ]),
            effect: tools.sideEffect(plugin: plugin, action: action))
        return try await context.engine.journal.perform(step) {
            let result = await tools.call(
                plugin: plugin, action: action, arguments: arguments,
                idempotencyKey: idempotencyKey(in: context), answer: answer)
            // A tool that asks has not been done.
            if let request = result.inputRequest { return ["asks": request.journalled] }
            note(result)
            if result.success { return result.journalled }
            let failure = failure(of: result.error)
            guard context.goesOn(after: failure) else { throw failure }
            if step.effect == .once, failure.mayHaveHappened {
                throw UnknownEffect(answer: result.journalled)
            }
            return result.journalled
        }
    }

    private func ask(
        _ request: ToolInputRequest, key: String, _ context: StepContext
    ) async throws(StepFailure) -> ToolInputAnswer {
        var shown = request
        shown.state = nil
        do {
            let answer = try await context.engine.journal.wait(
                for: ExternalEvent(key: key, kind: "input_required", request: shown.journalled))
            guard answer["decision"] == "approve" else {
                return ToolInputAnswer(declining: request)
            }
            return ToolInputAnswer(
                accepting: request, answer["content"]?.objectValue ?? [:])
        } catch {
            throw StepFailure(catching: error)
        }
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
