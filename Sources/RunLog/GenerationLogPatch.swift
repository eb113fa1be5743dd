import JSON

/// What an update of a generation log changes; nil leaves a column as it is.
public struct GenerationLogPatch: Sendable {
    public var generatedAgentSchema: JSONValue?
    public var identifiedSkills: JSONValue?
    public var model: String?
    public var totalTokens: Int?
    public var inputTokens: Int?
    public var outputTokens: Int?
    public var generationTimeMs: Int?
    public var retryCount: Int?
    public var validationErrors: JSONValue?
    public var success: Bool?
    public var errorMessage: String?

    public init() {}
}
