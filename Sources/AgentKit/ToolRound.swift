import JSON
import Journal
import Models
import Tools

/// Answers the tool calls of one reply, side by side, in their order.
struct ToolRound {
    /// The answer to one call.
    struct Answer: Sendable {
        /// What the model is told.
        var content: String
        /// What the records keep.
        var record: ToolCallRecord
        /// Whether an action was really called.
        var wasCalled: Bool
        /// Whether it may have taken effect although it failed, and must not happen twice.
        var isUnknown: Bool
    }

    let tools: any ToolCalling
    let journal: any Journal
    let limits: AgentKitLimits
    /// The function names the model was offered; no other is called.
    let offered: Set<String>
    /// Calls of the run so far that may have taken effect without an answer
    /// (`ToolCallRequest.sameness`); they are not made again.
    let unknown: Set<String>
    /// The iteration's place in its run.
    let stepKey: String
    /// The same for every attempt of the job.
    let idempotencyKey: String

    /// Every call gets an answer: what cannot be called is answered with the reason. When one
    /// cannot go on, the others are finished, and thus journalled, all the same.
    func run(_ calls: [ToolCallRequest]) async throws -> [Answer] {
        let ends = await calls.mapConcurrently(limit: limits.maxConcurrentToolCalls) {
            index, call -> Result<Answer, any Error> in
            do {
                return .success(try await answer(call, number: index + 1))
            } catch {
                return .failure(error)
            }
        }
        // A failure goes before a wait: the run is over.
        for case .failure(let error) in ends where !(error is Suspension) { throw error }
        return try ends.map { try $0.get() }
    }

    private func answer(_ call: ToolCallRequest, number: Int) async throws -> Answer {
        let target = ToolTarget(functionName: call.name)
        if Task.isCancelled {
            return refusal(target, ToolError.Code.cancelled, "the run was cancelled")
        }
        guard offered.contains(call.name) else {
            return refusal(
                target, ToolError.Code.actionNotFound, "there is no function of this name")
        }
        guard !unknown.contains(call.sameness) else {
            return refusal(
                target, RunFailure.sideEffectUnknownCode,
                "this very call was made before and may have taken effect; it is not repeated")
        }
        let arguments: JSONValue
        do {
            arguments = try Self.parse(call.arguments)
        } catch {
            return refusal(target, ToolError.Code.validation, error.reason)
        }
        let journalled = JournalledToolCall(
            plugin: target.plugin, action: target.action, arguments: arguments,
            key: "\(stepKey).call\(number)", idempotencyKey: "\(idempotencyKey)/call\(number)")
        return answer(target, try await result(of: journalled), wasCalled: true)
    }

    /// A result that is told but not kept: the call was stopped.
    private struct Unkept: EffectReporting {
        var result: ToolResult
        var mayHaveHappened: Bool { result.error?.isOutcomeUnknown ?? false }
    }

    /// A failure is kept like a success, for the model is told it.
    private func result(of call: JournalledToolCall) async throws -> ToolResult {
        do {
            return try await call.result(of: tools, journal: journal) { result in
                guard let error = result.error else { return }
                if Task.isCancelled || error.code == ToolError.Code.cancelled {
                    throw Unkept(result: result)
                }
            }
        } catch let unkept as Unkept {
            return unkept.result
        } catch let error as ToolError {
            return .failure(error)
        }
    }

    private func answer(_ target: ToolTarget, _ result: ToolResult, wasCalled: Bool) -> Answer {
        Answer(
            content: result.modelText(maxCharacters: limits.maxToolResponseCharacters),
            record: ToolCallRecord(plugin: target.plugin, action: target.action, result: result),
            wasCalled: wasCalled,
            isUnknown: result.error?.isOutcomeUnknown == true
                && tools.sideEffect(plugin: target.plugin, action: target.action) == .once)
    }

    private struct BadArguments: Error {
        var reason: String
    }

    /// Some models send nothing at all for a function without parameters.
    private static func parse(_ text: String) throws(BadArguments) -> JSONValue {
        if text.allSatisfy(\.isWhitespace) { return [:] }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: text)
        } catch {
            throw BadArguments(reason: "the arguments are not valid JSON: \(error.description)")
        }
        guard case .object = value else {
            throw BadArguments(
                reason: "the arguments must be a JSON object, not \(value.typeName)")
        }
        return value
    }

    private func refusal(_ target: ToolTarget, _ code: String, _ reason: String) -> Answer {
        answer(target, .failure(ToolError(code: code, message: reason)), wasCalled: false)
    }
}
