/// What the generation engine can be told.
public struct GenerationSettings: Sendable {
    /// The agent schema and the skills catalogue.
    public var data: GenerationData
    /// The model that writes when the job names none.
    public var model: String
    /// Calls that may be spent on one agent: the first and its correction rounds.
    public var maxTries: Int
    /// The most tokens a reply may have, reasoning included.
    public var maxOutputTokens: Int
    /// Time limit of one call.
    public var callTimeout: Duration
    /// Temperatures of a new agent, an update and a correction: bold, careful, nearly literal.
    /// Dropped for the rest of a run when the model refuses to be given any.
    public var createTemperature: Double
    public var updateTemperature: Double
    public var correctionTemperature: Double

    public init(
        data: GenerationData, model: String = "gpt-4.1-nano", maxTries: Int = 3,
        maxOutputTokens: Int = 8_000, callTimeout: Duration = .seconds(300),
        createTemperature: Double = 0.7, updateTemperature: Double = 0.2,
        correctionTemperature: Double = 0.1
    ) {
        precondition(maxTries >= 1, "a generation needs at least one try")
        self.data = data
        self.model = model
        self.maxTries = maxTries
        self.maxOutputTokens = maxOutputTokens
        self.callTimeout = callTimeout
        self.createTemperature = createTemperature
        self.updateTemperature = updateTemperature
        self.correctionTemperature = correctionTemperature
    }
}
