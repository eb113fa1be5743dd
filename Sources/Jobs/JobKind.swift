/// The kinds this version knows. The table takes any kind, so that a newer version's jobs can be
/// enqueued before its workers run; what a person types by hand is held to this list.
public enum JobKind: String, Sendable, CaseIterable {
    case generation
    case agentkit
    case orchestrator

    /// All names, for messages.
    public static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
