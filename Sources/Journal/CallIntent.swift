/// What a model call is for: the labels of `token_usage`.
public struct CallActivity: Sendable, Hashable {
    /// `agent_generation` or `agent_execution`; the intensity baseline counts the latter.
    public var type: String
    /// The kind of call, such as `agent_attribute_generation` or `chat`.
    public var name: String

    public init(type: String, name: String) {
        self.type = type
        self.name = name
    }
}

/// A model call about to be made: recorded and committed before the request is sent, so that no
/// spend is ever unexplained.
public struct CallIntent: Sendable, Hashable {
    public var provider: String
    public var model: String
    public var activity: CallActivity
    /// The call's deterministic place in its run, unique in it, such as `step3[2].iteration1`.
    public var step: String
    /// The prompt's size in tokens, estimated (characters / 4, rounded up).
    public var estimatedInputTokens: Int
    /// More tokens than the prompt can have, for what is reserved before the call: an estimate may
    /// fall short, and a budget must hold all the same.
    public var maxInputTokens: Int
    /// The most the reply may cost, in tokens; nil when the request sets no limit.
    public var maxOutputTokens: Int?
    /// Of the whole request: a changed one under the same step is a new call.
    public var fingerprint: String

    /// Without `maxInputTokens` the estimate counts as the bound.
    public init(
        provider: String, model: String, activity: CallActivity, step: String,
        estimatedInputTokens: Int, maxInputTokens: Int? = nil, maxOutputTokens: Int?,
        fingerprint: String
    ) {
        self.provider = provider
        self.model = model
        self.activity = activity
        self.step = step
        self.estimatedInputTokens = estimatedInputTokens
        self.maxInputTokens = max(maxInputTokens ?? 0, estimatedInputTokens)
        self.maxOutputTokens = maxOutputTokens
        self.fingerprint = fingerprint
    }
}
