import FoundationEssentials

/// Decides what each claim of a worker asks for: which lanes, and how hard to look for lanes it does
/// not know. Nothing is written when a job is enqueued, so lanes are found by looking, in three
/// ways, each of bounded cost and at most a tenth of the time together:
///
/// * the longest due, in the claim itself: nothing waits for ever;
/// * what fell due since the last look, in the claim itself: somebody new is seen at once;
/// * a walk from lane to lane: whoever is hidden between others' many jobs.
///
/// A value without clock or database, like the schedule it feeds.
public struct ClaimPlanner: Sendable {
    /// Rows looked at per end: after a tenth of a second, and after a second, more of them.
    static let looks = (usual: 16, late: 64, latest: 256)
    /// Lanes visited by one walk.
    static let walkLimits = 32...2048
    /// A look for the longest due that costs more than this found them behind what an old snapshot
    /// keeps. The next one follows when it is a fiftieth of the time, and in five seconds at the
    /// latest; meanwhile claims look at what fell due lately only.
    static let longLook = (cost: Duration.milliseconds(2), pauses: 50, latest: Duration.seconds(5))
    /// The share of the time that walks may take.
    static let walkShare = 0.05

    public private(set) var schedule: LaneSchedule
    private var looked: ContinuousClock.Instant?
    private var nextLook: ContinuousClock.Instant?
    private var nextLongLook: ContinuousClock.Instant?
    private var longLookCost = Duration.zero
    /// What a claim that brings nothing takes without that look, once there was one.
    private var emptyClaim: Duration?
    private var cameShort = true
    private var freed: [Int64] = []

    private var walkQueues: [String]
    /// Where the walk goes on; nil: at the beginning.
    private var walkedTo: Lane?
    private var walked: ContinuousClock.Instant?
    private var nextWalk: ContinuousClock.Instant?
    private var secondsPerLane = 0.000_02

    /// For a worker that serves these queues.
    public init(queues: [String]) {
        schedule = LaneSchedule(queues: queues)
        walkQueues = queues
    }

    /// The claim that fills `slots`.
    public mutating func request(
        slots: Int, worker: UUID, kinds: [String], now: ContinuousClock.Instant
    ) -> ClaimRequest {
        let lanes = schedule.plan(slots: slots, now: now)
        var request = ClaimRequest(
            limit: slots, worker: worker, queues: schedule.queues, kinds: kinds)
        request.lanes = lanes
        request.freed = freed
        freed = []
        let isDue = nextLook.map { $0 <= now } ?? true
        guard lanes.isEmpty || cameShort || isDue else {
            request.look = 0
            request.looksForLongestDue = false
            return request
        }
        let pause = looked.map { $0.duration(to: now) } ?? .seconds(60)
        request.look =
            pause < .milliseconds(100)
            ? Self.looks.usual : pause < .seconds(1) ? Self.looks.late : Self.looks.latest
        // What is committed later than it fell due is seen too, when not much later.
        request.lookBack = pause + .milliseconds(500)
        request.looksForLongestDue = nextLongLook.map { $0 <= now } ?? true
        looked = now
        return request
    }

    /// What came of it.
    public mutating func claimed(
        _ claim: Claim, of request: ClaimRequest, after duration: Duration,
        now: ContinuousClock.Instant
    ) {
        schedule.claimed(
            claim.arrivals, slots: request.limit, plan: request.lanes, now: now)
        cameShort = claim.jobs.count + claim.held.count < request.limit
        // A worker's first claim takes long because plans are made: no measure of what a look costs.
        let isFirst = nextLook == nil
        if !isFirst { weighLongLook(claim, request, duration, now) }
        guard request.look > 0 else { return }
        nextLook = now + (isFirst ? .milliseconds(5) : max(.milliseconds(5), duration * 9))
    }

    /// A claim that brings nothing spends its time on looking and on the way to the database and back,
    /// which those that do not look for the longest due measure.
    private mutating func weighLongLook(
        _ claim: Claim, _ request: ClaimRequest, _ duration: Duration,
        _ now: ContinuousClock.Instant
    ) {
        let isEmpty = claim.jobs.isEmpty && claim.held.isEmpty
        guard request.looksForLongestDue else {
            guard isEmpty else { return }
            // Falls at once, rises slowly: a slow one is no measure.
            emptyClaim = emptyClaim.map { min(duration, $0 + (duration - $0) / 8) } ?? duration
            return
        }
        let cost = max(.zero, duration - (emptyClaim ?? .zero))
        longLookCost = isEmpty ? cost : min(longLookCost, cost)
        nextLongLook =
            longLookCost > Self.longLook.cost
            ? now + min(longLookCost * Self.longLook.pauses, Self.longLook.latest) : nil
    }

    /// How long claims will look at what fell due lately only; zero: the next one looks everywhere.
    public func untilLongLook(now: ContinuousClock.Instant) -> Duration {
        nextLongLook.map { max(.zero, now.duration(to: $0)) } ?? .zero
    }

    /// Whether another claim at once may bring more.
    public func mayBringMore(_ claim: Claim, of request: ClaimRequest) -> Bool {
        claim.jobs.count + claim.held.count >= request.limit || schedule.hasWaiting
    }

    /// Attempts that have ended, with their jobs.
    public mutating func finished(_ ended: [HeldAttempt], now: ContinuousClock.Instant) {
        for attempt in ended { schedule.finished(attempt.attemptID, now: now) }
        freed = Array((freed + ended.map(\.jobID)).suffix(1000))
    }

    /// What sorts below the floors may have become available.
    public mutating func forgetFloors() {
        schedule.forgetFloors()
        cameShort = true
        nextLongLook = nil
    }

    /// The users whose weight is not 1.
    public mutating func weigh(_ weights: [String: Double]) {
        schedule.weights = weights
    }

    /// The walk that is due now, if one is.
    public mutating func walk(now: ContinuousClock.Instant) -> (
        queue: String, after: Lane?, limit: Int
    )? {
        if let nextWalk, nextWalk > now { return nil }
        guard let queue = walkQueues.first else { return nil }
        let pause = walked.map { $0.duration(to: now) } ?? .seconds(1)
        let affordable = pause.inSeconds * Self.walkShare / secondsPerLane
        let limit = min(
            max(Int(min(affordable, 1e6)), Self.walkLimits.lowerBound), Self.walkLimits.upperBound)
        return (queue, walkedTo, limit)
    }

    /// What it found, and where it came to.
    public mutating func walked(
        _ lanes: [Lane], limit: Int, last: Lane?, isDone: Bool, after duration: Duration,
        now: ContinuousClock.Instant
    ) {
        schedule.found(lanes, now: now)
        walkedTo = isDone ? nil : last
        if isDone { walkQueues.append(walkQueues.removeFirst()) }
        walked = now
        nextWalk = now + max(.milliseconds(50), duration / Self.walkShare)
        if !isDone { secondsPerLane = max(0.000_001, duration.inSeconds / Double(limit)) }
    }
}
