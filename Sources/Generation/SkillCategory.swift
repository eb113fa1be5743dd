import JSON

/// One category of skills: what the catalogue says of it.
public struct SkillCategory: Sendable, Hashable {
    /// Whose key pays for a category's calls.
    public enum Payer: String, Sendable, Hashable {
        case platform
        case agentOwner = "agent_owner"
    }

    /// Who may use a state: nobody, everybody, or the owner alone.
    public enum Access: String, Sendable, Hashable, CaseIterable {
        case disabled, `public`, `private`
    }

    public let name: String
    /// Who may pay; empty when the category needs no key at all.
    public let payers: [Payer]
    /// The states and what each is when nothing is said, in order.
    public let states: [State]
    /// What in a prompt asks for the category, besides its name.
    public let keywords: [SkillKeyword]
    /// The members that must be given when the agent's owner pays.
    public let credentials: [String]
    /// The members every configuration must have, besides `enabled` and `states`.
    public let required: [String]
    /// What a selected state is set to.
    public let selectedAs: Access
    /// Whether a keyword may select it. Never when only the owner may pay or when members are
    /// required, because nobody could fill in the key or the member.
    public let isSelectable: Bool

    /// A state and its default.
    public struct State: Sendable, Hashable {
        public let name: String
        public let standard: Access
    }

    /// The states in order with the same words as the catalogue file.
    var defaultStates: JSONObject {
        JSONObject(states.map { ($0.name, .string($0.standard.rawValue)) })
    }
}
