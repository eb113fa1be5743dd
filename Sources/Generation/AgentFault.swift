/// One thing wrong with an agent.
struct AgentFault: Sendable, Hashable {
    /// The line that is recorded and carried back to the model, with its prefix.
    var text: String
    /// Whether a reply that writes only these fields could mend it; nil means any might.
    var fields: Set<String>?

    static func schema(_ message: String, fields: Set<String>? = nil) -> AgentFault {
        AgentFault(text: "Schema error: \(message)", fields: fields)
    }

    static func rule(_ message: String, fields: Set<String>? = nil) -> AgentFault {
        AgentFault(text: "Agent validation error: \(message)", fields: fields)
    }

    /// Whether somebody who may write only these fields can mend it.
    func isMendable(writing writable: Set<String>) -> Bool {
        fields?.isSubset(of: writable) ?? true
    }
}
