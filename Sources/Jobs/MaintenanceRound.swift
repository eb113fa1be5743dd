/// What one round of maintenance did; see `maintain_queue`.
public struct MaintenanceRound: Sendable {
    public var rescued: [RescuedJob] = []
    /// Jobs whose wait was over.
    public var resumed = 0
    /// Jobs whose hold was over.
    public var woken = 0
    /// Where the look at holds goes on; nil: it came to its end.
    public var lookedTo: String?
    /// Whether pauses, limits or cool-downs exist.
    public var isBraked = false
    /// Why a part of it failed.
    public var failure: String?

    public init() {}
}
