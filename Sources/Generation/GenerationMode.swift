/// Whether an agent is made or changed; the values of the agent schema's `x-written-on`.
public enum GenerationMode: String, Sendable, Hashable, CaseIterable {
    case create, update
}
