/// The limits of one AgentKit run. Each that is met ends the run with a permanent failure of class
/// `tool`: another attempt would meet it again.
public struct AgentKitLimits: Sendable, Hashable {
    /// Model round trips.
    public var maxIterations = 10
    /// Tool calls of one reply that run at the same time.
    public var maxConcurrentToolCalls = 4
    /// Tool calls of the whole run.
    public var maxToolCalls = 50
    /// Characters of one tool result that the model gets to see.
    public var maxToolResponseCharacters = 8000
    /// Estimated tokens of one request. What is longer is made to fit: tool results that the model
    /// has seen already are left out, oldest first, then the last ones are cut.
    public var maxContextTokens = 40_000
    /// How many times in a row the same tool may be asked for with the same arguments, plus one:
    /// the call that would be this one is not made.
    public var maxRepeatedToolCalls = 3
    /// How often a model is asked to correct an answer that does not fit its schema; each is a round
    /// trip. When they are spent the failure is of class `validation`.
    public var maxCorrections = 2
    /// Tokens of one model call, input and output.
    public var maxTokensPerIteration = 50_000
    /// Tokens of the whole run.
    public var maxTokensPerRun = 200_000
    /// Tokens one reply may have; nil leaves it to the provider.
    public var maxOutputTokens: Int?
    public var temperature: Double? = 0.1
    /// Time limit of one model call.
    public var modelCallTimeout: Duration = .seconds(120)
    /// The model of a run for which neither job nor agent names one.
    public var defaultModel = "gpt-4o"

    public init() {}
}
