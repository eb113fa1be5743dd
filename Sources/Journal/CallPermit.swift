import FoundationEssentials

/// A call's leave to be made.
public struct CallPermit: Sendable, Hashable {
    public let provider: String
    public let model: String
    /// What the call counts for at admission: prompt estimate and maximum output, in tokens.
    public let tokens: Int
    /// Set on the one call that finds out whether a cool-down is over.
    public var probe: UUID?

    public init(provider: String, model: String, tokens: Int, probe: UUID? = nil) {
        self.provider = provider
        self.model = model
        self.tokens = tokens
        self.probe = probe
    }
}
