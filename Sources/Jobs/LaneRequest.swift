/// How much of a lane a claim may take, and where it begins.
public struct LaneRequest: Sendable, Hashable {
    public let lane: Lane
    public let take: Int
    /// nil: at the lane's beginning.
    public let floor: LaneFloor?

    public init(lane: Lane, take: Int, floor: LaneFloor? = nil) {
        self.lane = lane
        self.take = take
        self.floor = floor
    }
}
