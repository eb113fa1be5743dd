import FoundationEssentials
import Postgres

/// What one claim asks for; see `claim_jobs`.
public struct ClaimRequest: Sendable {
    /// At most so many jobs.
    public var limit: Int
    public var worker: UUID
    /// Queues served, in the order in which lanes found in them go before each other.
    public var queues: [String]
    public var kinds: [String]
    /// Lanes to serve, in order, within a priority.
    public var lanes: [LaneRequest] = []
    /// How many rows to look at, at each end of what is due, for lanes that are not named; 0 to
    /// serve the named ones only.
    public var look = 16
    /// Whether to look among the longest due as well, and for what falls due next.
    public var looksForLongestDue = true
    /// What fell due within this time counts as new.
    public var lookBack = Duration.seconds(60)
    /// Jobs settled by this worker since its last claim: what limits held for their sake is woken.
    public var freed: [Int64] = []

    public init(limit: Int, worker: UUID, queues: [String], kinds: [String]) {
        self.limit = limit
        self.worker = worker
        self.queues = queues
        self.kinds = kinds
    }

    /// In the order of the function's arguments.
    var parameters: [PostgresParameter] {
        [
            .uuid(worker), .int32(Int32(limit)), .textArray(queues), .textArray(kinds),
            .textArray(lanes.map(\.lane.queue)),
            .int64Array(lanes.map { Int64($0.lane.priority) }),
            .textArray(lanes.map(\.lane.user)), .int64Array(lanes.map { Int64($0.take) }),
            .dateArray(lanes.map { $0.floor?.runAt ?? .distantPast }),
            .int64Array(lanes.map { $0.floor?.jobID ?? 0 }),
            .int32(Int32(looksForLongestDue ? look : -look)),
            .double(lookBack.inSeconds), .int64Array(freed),
        ]
    }
}
