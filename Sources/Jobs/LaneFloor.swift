import FoundationEssentials

/// A place in a lane below which everything was claimed before. A claim that begins there need not
/// step over the index entries of what is gone, which under an old snapshot nothing can remove.
public struct LaneFloor: Sendable, Hashable, Comparable {
    public let runAt: Date
    public let jobID: Int64

    public init(runAt: Date, jobID: Int64) {
        self.runAt = runAt
        self.jobID = jobID
    }

    public static func < (one: LaneFloor, other: LaneFloor) -> Bool {
        (one.runAt, one.jobID) < (other.runAt, other.jobID)
    }
}
