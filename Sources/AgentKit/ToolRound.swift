import JSON
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
    }

    let tools: any ToolCalling
    let limits: AgentKitLimits
    /// The function names the model was offered; no other is called.
    let offered: Set<String>
    let keyPrefix: String

    /// Every call gets an answer: what cannot be called is answered with the reason.
    func run(_ calls: [ToolCallRequest]) async -> [Answer] {
        await calls.mapConcurrently(limit: limits.maxConcurrentToolCalls) { index, call in
            await answer(call, key: "\(keyPrefix)/call\(index + 1)")
        }
    }

    private func answer(_ call: ToolCallRequest, key: String) async -> Answer {
        let target = ToolTarget(functionName: call.name)
        if Task.isCancelled {
            return refusal(target, ToolError.Code.cancelled, "the run was cancelled")
        }
        guard offered.contains(call.name) else {
            return refusal(
                target, ToolError.Code.actionNotFound, "there is no function of this name")
        }
        let arguments: JSONValue
        do {
            arguments = try Self.parse(call.arguments)
        } catch {
            return refusal(target, ToolError.Code.validation, error.reason)
        }
        let result = await tools.call(
            plugin: target.plugin, action: target.action, arguments: arguments,
            idempotencyKey: key)
        return answer(target, result, wasCalled: true)
    }

    private func answer(_ target: ToolTarget, _ result: ToolResult, wasCalled: Bool) -> Answer {
        Answer(
            content: result.modelText(maxCharacters: limits.maxToolResponseCharacters),
            record: ToolCallRecord(plugin: target.plugin, action: target.action, result: result),
            wasCalled: wasCalled)
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
