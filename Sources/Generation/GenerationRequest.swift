import JSON
import Journal

/// What a generation job asks for: a text, and the agent to change when it is an update.
public struct GenerationRequest: Sendable, Hashable {
    /// The most characters a prompt may have.
    public static let maxPromptCharacters = 20_000
    /// The most bytes a payload may have, as compact JSON.
    public static let maxPayloadBytes = 1 << 20

    /// The user's text; never blank.
    public var prompt: String
    /// Whose agent it will be; nil makes it the system's.
    public var userID: String?
    /// The agent to change; nil asks for a new one.
    public var existingAgent: JSONValue?
    /// The id of the agent to change, where the payload or the agent names one.
    public var existingAgentID: String?
    /// The model that writes (not the one the agent will run on); nil leaves it to the settings.
    public var model: String?

    public init(
        prompt: String, userID: String? = nil, existingAgent: JSONValue? = nil,
        existingAgentID: String? = nil, model: String? = nil
    ) {
        self.prompt = prompt
        self.userID = userID
        self.existingAgent = existingAgent
        self.existingAgentID = existingAgentID
        self.model = model
    }

    /// Reads the payload `{"prompt", "existing_agent"?, "existing_agent_id"?, "model"?}`; other
    /// keys are ignored, `null` stands for absent. The failure is `invalid_payload` and its
    /// message names the field and the remedy.
    public init(payload: JSONValue, userID: String?) throws(RunFailure) {
        let fields = PayloadFields(payload)
        try fields.checkSize(limit: Self.maxPayloadBytes)
        let owner = userID.flatMap { $0.isBlank ? nil : $0 }
        let agent = try fields.object("existing_agent")
        let ownID = agent?["id"]?.stringValue
        self.init(
            prompt: try fields.prompt(limit: Self.maxPromptCharacters), userID: owner,
            existingAgent: agent, existingAgentID: try fields.string("existing_agent_id") ?? ownID,
            model: try fields.string("model"))
        try Self.checkOwner(of: agent, is: owner)
    }

    /// Only the owner may change an agent; one of the system's passes to whoever changes it.
    private static func checkOwner(
        of agent: JSONValue?, is userID: String?
    ) throws(RunFailure) {
        guard let userID, let owner = agent?["owner"]?.stringValue,
            !owner.isBlank, owner != AgentDraft.systemOwner, owner != userID
        else { return }
        throw PayloadFields.failure(
            "payload.existing_agent.owner is not the job's user_id: only its owner may update an agent"
        )
    }
}
