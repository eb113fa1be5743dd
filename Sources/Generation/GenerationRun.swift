import JSON
import Journal
import Models

/// The state of one run: pure, no call is made here.
struct GenerationRun {
    private let settings: GenerationSettings
    private let request: GenerationRequest
    private let prompt: GenerationPrompt
    private(set) var draft: AgentDraft
    /// What the provider has not refused to be asked for.
    var shape: CallShape
    private var history = TryHistory()
    private var isValid = false
    private var lastReply: String?
    private var answeredBy: String?

    init(_ request: GenerationRequest, settings: GenerationSettings) {
        self.request = request
        self.settings = settings
        draft = AgentDraft(request, data: settings.data)
        prompt = GenerationPrompt(request, draft: draft, schema: settings.data.schema)
        shape = CallShape(schema: settings.data.schema.replyFormat(on: draft.mode))
    }

    /// The name of the model that is to write.
    var modelName: String { request.model ?? settings.model }

    /// Whether the agent is valid; when the tries are spent `take` has thrown.
    var isOver: Bool { isValid }

    private var isCorrection: Bool { history.count > 0 }

    /// The place of the next call in the run.
    var step: String { "try\(history.count + 1)" }

    var activity: CallActivity {
        let name =
            switch (isCorrection, draft.mode) {
            case (true, _): "schema_error_correction"
            case (false, .create): "agent_attribute_generation"
            case (false, .update): "agent_attribute_update"
            }
        return CallActivity(type: "agent_generation", name: name)
    }

    func chatRequest(model: String) -> ChatRequest {
        let messages =
            isCorrection
            ? prompt.correction(
                of: lastReply, errors: history.lastErrors, showsSchema: shape.showsSchema)
            : prompt.opening(showsSchema: shape.showsSchema)
        return ChatRequest(
            model: model, messages: messages, temperature: shape.temperature(temperature),
            maxOutputTokens: settings.maxOutputTokens, responseFormat: shape.responseFormat,
            timeout: settings.callTimeout)
    }

    private var temperature: Double {
        if isCorrection { return settings.correctionTemperature }
        return draft.mode == .create ? settings.createTemperature : settings.updateTemperature
    }

    /// Judges a reply. Throws when it ends the run: refused, filtered, cut, or the last try.
    mutating func take(_ reply: ChatReply) throws(RunFailure) {
        answeredBy = reply.model
        if let failure = reply.policyFailure ?? reply.truncationFailure { throw failure }
        lastReply = reply.message.content
        let faults: [AgentFault] =
            switch ReplyText.object(in: lastReply) {
            case .success(let object): draft.take(object)
            case .failure(let fault): [.schema(fault.message)]
            }
        guard !faults.isEmpty else {
            isValid = true
            return
        }
        history.add(try: history.count + 1, faults.map(\.text))
        if history.count >= settings.maxTries { throw outOfTries }
    }

    func result(failure: RunFailure?) -> GenerationResult {
        GenerationResult(
            agent: draft.candidate, skills: draft.skills,
            model: answeredBy ?? modelName, retryCount: history.count,
            validationErrors: history.json, repairs: draft.repairs, failure: failure)
    }

    /// The sentence the records are searched for, then the last five errors.
    private var outOfTries: RunFailure {
        RunFailure(
            .validation, code: "AGENT_INVALID",
            message: "Failed to generate valid agent schema after \(settings.maxTries) attempts. "
                + "Last errors: " + history.lastErrors.suffix(5).joined(separator: "; "))
    }
}
