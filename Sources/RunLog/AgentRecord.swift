import JSON

/// What the worker reads of an agent before a run.
public struct AgentRecord: Sendable {
    /// The row of `agents` as JSON.
    public let row: JSONValue
    /// The input values of the newest configuration of this agent and user, if there is one.
    public let configuredInputs: JSONValue?
    /// What its definition says of a run, as operation 4 counts it: `definition` and
    /// `declared_plugins`.
    public let definition: JSONValue
}
