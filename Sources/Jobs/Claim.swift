/// What a claim brought.
public struct Claim: Sendable {
    /// Lowest priority number first, then longest due.
    public var jobs: [ClaimedJob] = []
    /// The lanes of jobs that were picked but held instead (a pause, a limit, a cool-down), one
    /// entry a job.
    public var held: [Lane] = []

    /// Everything that was picked.
    public var arrivals: [LaneArrival] {
        jobs.map { LaneArrival(lane: $0.lane, attemptID: $0.attemptID, place: $0.place) }
            + held.map { LaneArrival(lane: $0, attemptID: nil, place: nil) }
    }

    public init(jobs: [ClaimedJob] = [], held: [Lane] = []) {
        self.jobs = jobs
        self.held = held
    }
}
