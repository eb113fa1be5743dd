/// Limits of every tool call.
public struct ToolLimits: Sendable, Hashable {
    /// Time limit of a call whose definition sets none.
    public var timeout: Duration
    /// No definition may ask for more.
    public var maxTimeout: Duration
    /// The largest answer, in bytes.
    public var maxResponseBytes: Int
    /// The largest body sent, in bytes.
    public var maxRequestBytes: Int

    public init(
        timeout: Duration = .seconds(30), maxTimeout: Duration = .seconds(120),
        maxResponseBytes: Int = 2 << 20, maxRequestBytes: Int = 1 << 20
    ) {
        self.timeout = timeout
        self.maxTimeout = maxTimeout
        self.maxResponseBytes = maxResponseBytes
        self.maxRequestBytes = maxRequestBytes
    }
}
