import JSON
import Journal
import Models

/// Has a model write what a run leaves to later ones: one call, journalled and accounted for like
/// any other, without corrections and without other models to ask.
public struct RunSummarizer: Sendable {
    /// The call's place in the run, with a mark that paths of steps do not begin with.
    public static let step = "@memory.summary"

    private let models: ModelCatalog
    private let model: String
    private let timeout: Duration

    private static let activity = CallActivity(type: "memory_creation", name: "run_summary")
    /// The origin's.
    private static let temperature = 0.3
    private static let maxOutputTokens = 500

    /// `model` is a name as jobs have it, `timeout` the time limit of the call.
    public init(models: ModelCatalog, model: String, timeout: Duration) {
        self.models = models
        self.model = model
        self.timeout = timeout
    }

    /// Throws `ModelError`, `RunFailure`, `Suspension` (a limit has no room for the call) or an
    /// error of the journal's store. None of them is the run's.
    public func summarize(
        _ run: RunResult, of agent: AgentDefinition, input: RunInput, journal: any Journal
    ) async throws -> RunMemory {
        let resolved = try models.resolve(model)
        let prompt = SummaryPrompt(run: run, agent: agent, input: input)
        let request = ChatRequest(
            model: resolved.name, messages: prompt.messages, temperature: Self.temperature,
            maxOutputTokens: Self.maxOutputTokens, responseFormat: SummaryPrompt.format,
            timeout: timeout)
        let reply = try await journal.complete(
            request, with: resolved.model, step: Self.step, activity: Self.activity)
        if let failure = reply.policyFailure ?? reply.truncationFailure { throw failure }
        return try RunMemory(reply: reply.message.content, of: run)
    }
}
