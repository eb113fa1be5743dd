import JSON
import Journal
import Tools

/// One call of an action, kept in the journal: a later attempt gets its result without a call, and
/// an action that must not happen twice does not. Both engines call tools in no other way.
package struct JournalledToolCall: Sendable {
    let plugin: String
    let action: String
    let arguments: JSONValue
    /// The call's place in its run.
    let key: String
    /// The same whenever the same call of the same run is repeated.
    let idempotencyKey: String

    /// How often a tool may ask a person something before it must be done.
    private static let maxQuestions = 10

    package init(
        plugin: String, action: String, arguments: JSONValue, key: String, idempotencyKey: String
    ) {
        self.plugin = plugin
        self.action = action
        self.arguments = arguments
        self.key = key
        self.idempotencyKey = idempotencyKey
    }

    /// The result, live or journalled. A tool that asks a person something suspends the run, and is
    /// called again with the answer.
    ///
    /// `check` sees the result of a live call before it is kept; what it throws keeps it out of the
    /// journal and goes to the caller, so that a later attempt tries again. Throws that, what the
    /// journal throws (`RunFailure`, `Suspension`, `CancellationError`), or a `ToolError` when the
    /// tool has asked too often.
    package func result(
        of tools: any ToolCalling, journal: any Journal, check: (ToolResult) throws -> Void
    ) async throws -> ToolResult {
        var place = key
        var answer: ToolInputAnswer?
        for number in 1...Self.maxQuestions {
            let output = try await perform(tools, journal, place, answer, check)
            guard let asks = output["asks"] else { return try ToolResult(journalled: output) }
            answer = try await ask(
                try ToolInputRequest(journalled: asks), journal, "\(key).input\(number)")
            place = "\(key).answered\(number)"
        }
        throw ToolError(
            code: ToolError.Code.inputRequired,
            message: "the action asked for input more than \(Self.maxQuestions) times")
    }

    private func perform(
        _ tools: any ToolCalling, _ journal: any Journal, _ place: String,
        _ answer: ToolInputAnswer?, _ check: (ToolResult) throws -> Void
    ) async throws -> JSONValue {
        let step = JournalStep(
            key: place, kind: .tool,
            fingerprint: Fingerprint.of([
                .string(plugin), .string(action), arguments, answer?.journalled ?? .null,
            ]),
            effect: tools.sideEffect(plugin: plugin, action: action),
            tool: JournalStep.Tool(plugin: plugin, action: action))
        return try await journal.perform(step) {
            let result = await tools.call(
                plugin: plugin, action: action, arguments: arguments,
                idempotencyKey: idempotencyKey, answer: answer)
            // A tool that asks has not been done.
            if let request = result.inputRequest { return ["asks": request.journalled] }
            try check(result)
            if step.effect == .once, result.error?.isOutcomeUnknown == true {
                throw UnknownEffect(answer: result.journalled)
            }
            return result.journalled
        }
    }

    private func ask(
        _ request: ToolInputRequest, _ journal: any Journal, _ place: String
    ) async throws -> ToolInputAnswer {
        var shown = request
        shown.state = nil
        let answer = try await journal.wait(
            for: ExternalEvent(key: place, kind: "input_required", request: shown.journalled))
        guard answer["decision"] == "approve" else { return ToolInputAnswer(declining: request) }
        return ToolInputAnswer(accepting: request, answer["content"]?.objectValue ?? [:])
    }
}
