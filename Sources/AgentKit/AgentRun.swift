import JSON
import Journal
import Models

/// One run of AgentKit: ask the model, do what it asks for, tell it the results, until it answers.
struct AgentRun {
    let kit: AgentKit
    let agent: AgentDefinition
    let input: RunInput
    let journal: any Journal
    let stepPrefix: String

    private var outcome = RunResult()
    private var messages: [ChatMessage] = []
    private var tokens = 0
    private var loop: LoopDetector
    private var form = AnswerForm.text
    /// How often the model was asked to bring its answer into form.
    private var corrections = 0
    /// Calls that may have taken effect although they failed.
    private var unknownCalls: Set<String> = []

    private static let activity = CallActivity(type: "agent_execution", name: "chat")

    init(
        kit: AgentKit, agent: AgentDefinition, input: RunInput, journal: any Journal,
        stepPrefix: String
    ) {
        self.kit = kit
        self.agent = agent
        self.input = input
        self.journal = journal
        self.stepPrefix = stepPrefix
        loop = LoopDetector(limit: kit.limits.maxRepeatedToolCalls)
    }

    /// Runs to the end; what was reached before a failure stays in the result.
    mutating func result() async -> RunResult {
        do {
            outcome.output = try await answer()
        } catch let suspension as Suspension where !Task.isCancelled {
            outcome.suspension = suspension
        } catch {
            outcome.failure = .from(error)
        }
        return outcome
    }

    private mutating func answer() async throws -> JSONValue {
        form = try AnswerForm(agent.outputSchema)
        let ladder = try kit.models.ladder(
            input.model ?? agent.modelPreference ?? kit.limits.defaultModel)
        // A plugin declared twice would offer its functions twice, which providers refuse.
        let plugins = agent.pluginsRequired.enumerated().filter { index, name in
            agent.pluginsRequired.firstIndex(of: name) == index
        }.map(\.element)
        try await kit.tools.prepare(plugins: plugins)
        let tools = try await OfferedTools(tools: kit.tools, journal: journal)
            .definitions(of: plugins)
        let prompt = AgentPrompt(
            agent: agent, input: input,
            plugins: plugins.compactMap { name in
                kit.tools.context(ofPlugin: name).map { (name, $0) }
            })
        messages = [.system(try prompt.system()), .user(prompt.user())]
        for iteration in 1...max(1, kit.limits.maxIterations) {
            outcome.iterations = iteration
            outcome.memory = input.memory?.use ?? .none
            let reply = try await ask(ladder, tools: tools, iteration: iteration)
            if reply.message.toolCalls.isEmpty {
                if let answer = try accept(reply) { return answer }
                continue
            }
            guard iteration < kit.limits.maxIterations else { break }
            try checkTokens(after: reply)
            try await runTools(reply.message, offered: Set(tools.map(\.name)), iteration)
        }
        throw RunFailure.limit(
            "MAX_ITERATIONS_REACHED",
            "no answer after \(kit.limits.maxIterations) iterations")
    }

    private mutating func ask(
        _ ladder: ModelLadder, tools: [ToolDefinition], iteration: Int
    ) async throws -> ChatReply {
        var request = ChatRequest(
            model: ladder.candidates[0].name, messages: messages, tools: tools,
            temperature: kit.limits.temperature, maxOutputTokens: kit.limits.maxOutputTokens,
            responseFormat: form.responseFormat,
            timeout: kit.limits.modelCallTimeout)
        let limits = kit.limits
        ConversationWindow(
            maxTokens: min(limits.maxContextTokens, limits.maxTokensPerIteration)
        ).fit(&request)
        // What was left out stays so: the beginning of the next request is that of this one.
        messages = request.messages
        try checkTokens(before: request)
        try Task.checkCancellation()
        let reply = try await journal.complete(
            request, on: ladder, step: "\(stepPrefix)iteration\(iteration)",
            activity: Self.activity)
        note(reply)
        if let failure = reply.policyFailure ?? reply.truncationFailure { throw failure }
        return reply
    }

    private mutating func note(_ reply: ChatReply) {
        tokens += reply.usage.totalTokens
        outcome.model = reply.model
        outcome.provider = reply.provider
        if !outcome.models.contains(reply.model) { outcome.models.append(reply.model) }
    }

    /// The answer; nil when it is not in the form that was asked for and the model is to correct it.
    private mutating func accept(_ reply: ChatReply) throws(RunFailure) -> JSONValue? {
        do {
            return try form.answer(in: reply.message.content)
        } catch {
            guard corrections < kit.limits.maxCorrections,
                outcome.iterations < kit.limits.maxIterations
            else {
                throw RunFailure(
                    .validation, code: "OUTPUT_INVALID",
                    message:
                        "the answer does not fit agents.output_schema in \(error.count) places "
                        + "after \(corrections) corrections",
                    isPermanent: true)
            }
            try checkTokens(after: reply)
            corrections += 1
            messages.append(reply.message)
            messages.append(
                .user(
                    "Your answer does not fit the JSON Schema:\n\(error.words)\n\n"
                        + "Answer again with the corrected JSON and nothing else."))
            return nil
        }
    }

    /// Refuses a request that would break a limit before it costs anything.
    private func checkTokens(before request: ChatRequest) throws(RunFailure) {
        let estimate = request.estimatedInputTokens
        let limits = kit.limits
        if estimate > limits.maxTokensPerIteration {
            throw .limit(
                "ITERATION_TOKEN_LIMIT_EXCEEDED",
                "the next call would send about \(estimate) tokens; "
                    + "the limit of one iteration is \(limits.maxTokensPerIteration)")
        }
        if tokens + estimate > limits.maxTokensPerRun { throw runLimit(tokens + estimate) }
    }

    /// An answer that has been paid for is kept whatever it cost; only going on is refused.
    private func checkTokens(after reply: ChatReply) throws(RunFailure) {
        if reply.usage.totalTokens > kit.limits.maxTokensPerIteration {
            throw .limit(
                "ITERATION_TOKEN_LIMIT_EXCEEDED",
                "one iteration used \(reply.usage.totalTokens) tokens; "
                    + "the limit is \(kit.limits.maxTokensPerIteration)")
        }
        if tokens > kit.limits.maxTokensPerRun { throw runLimit(tokens) }
    }

    private func runLimit(_ tokens: Int) -> RunFailure {
        .limit(
            "RUN_TOKEN_LIMIT_EXCEEDED",
            "the run would have used \(tokens) tokens; the limit is \(kit.limits.maxTokensPerRun)")
    }

    private mutating func runTools(
        _ message: ChatMessage, offered: Set<String>, _ iteration: Int
    ) async throws {
        try checkCalls(message.toolCalls)
        let stepKey = "\(stepPrefix)iteration\(iteration)"
        let round = ToolRound(
            tools: kit.tools, journal: journal, limits: kit.limits, offered: offered,
            unknown: unknownCalls, stepKey: stepKey,
            idempotencyKey: "\(input.executionID.uuidString.lowercased())/\(stepKey)")
        let results = try await round.run(message.toolCalls)
        messages.append(message)
        for (call, result) in zip(message.toolCalls, results) {
            messages.append(.tool(id: call.id, content: result.content))
            outcome.toolCalls.append(result.record)
            outcome.toolTimeMs += result.record.executionTimeMs
            if result.isUnknown { unknownCalls.insert(call.sameness) }
            if result.wasCalled, !outcome.pluginsUsed.contains(result.record.plugin) {
                outcome.pluginsUsed.append(result.record.plugin)
            }
        }
        if Task.isCancelled { throw RunFailure.cancelled }
    }

    private mutating func checkCalls(_ calls: [ToolCallRequest]) throws(RunFailure) {
        let limits = kit.limits
        if outcome.toolCalls.count + calls.count > limits.maxToolCalls {
            throw .limit(
                "TOOL_CALL_LIMIT_REACHED",
                "the run asked for more than \(limits.maxToolCalls) tool calls")
        }
        for call in calls where loop.isLoop(call) {
            let target = ToolTarget(functionName: call.name)
            throw .limit(
                "LOOP_DETECTED",
                "\(target.plugin).\(target.action) was asked for \(limits.maxRepeatedToolCalls) "
                    + "times in a row with the same arguments")
        }
    }
}
