import JSON
import Journal

/// How a generation ended.
public struct GenerationResult: Sendable, Hashable {
    /// The agent; on failure the last candidate, invalid as it is. Nil when no reply held one.
    public var agent: JSONValue?
    /// The categories of skills that are enabled in the agent.
    public var skills: [String]
    /// The model that wrote, as its provider names it; the requested name when none answered.
    public var model: String
    /// The tries whose reply failed: 0 on a first success, 3 when all failed. A call without a
    /// reply (an outage) is not counted: it says nothing about the agent.
    public var retryCount: Int
    /// `{"errors":[of the last failed try],"attempts":[{"n":1,"errors":[…]}]}`; nil when none failed.
    public var validationErrors: JSONValue?
    /// What was mended in the last candidate without asking the model, one line each.
    public var repairs: [String]
    /// Nil on success.
    public var failure: RunFailure?
    /// The limit that stopped the run before its next call; a later attempt goes on from there.
    public var suspension: Suspension?

    public init(
        agent: JSONValue?, skills: [String], model: String, retryCount: Int,
        validationErrors: JSONValue?, repairs: [String] = [], failure: RunFailure?,
        suspension: Suspension? = nil
    ) {
        self.agent = agent
        self.skills = skills
        self.model = model
        self.retryCount = retryCount
        self.validationErrors = validationErrors
        self.repairs = repairs
        self.failure = failure
        self.suspension = suspension
    }
}
