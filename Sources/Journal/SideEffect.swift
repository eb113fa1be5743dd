/// What a step does to the world, and so what may be done when its outcome is unknown.
public enum SideEffect: String, Sendable, Hashable, CaseIterable {
    /// Nothing: it may be repeated freely.
    case none
    /// The same whether done once or twice with the same idempotency key: repeated when its outcome
    /// is unknown.
    case idempotent
    /// Something that must not happen twice: claimed before, and never repeated when its outcome is
    /// unknown.
    case once
}
