import FoundationEssentials

/// A job that a claim brought, as far as turns are concerned.
public struct LaneArrival: Sendable, Hashable {
    public let lane: Lane
    /// nil: it was held instead of claimed.
    public let attemptID: UUID?
    /// Its place in its lane; nil when it was held.
    public let place: LaneFloor?

    public init(lane: Lane, attemptID: UUID?, place: LaneFloor?) {
        self.lane = lane
        self.attemptID = attemptID
        self.place = place
    }
}
