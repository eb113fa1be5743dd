import FoundationEssentials

/// Which user's jobs are claimed next: start-time fair queueing over lanes.
///
/// Every lane has a virtual time, the slot-seconds its jobs used divided by its user's weight; the
/// lane with the lowest goes first. A claim charges what the lane's jobs last took on average, a
/// finished job is corrected to what it took, and one that runs longer is charged on meanwhile. The
/// clock of a level (a priority of a queue) is the time of the lane served last: a lane that is new
/// or comes back starts there, so that it is served next and cannot save up turns.
/// Source: Goyal, Vin, Cheng: Start-time Fair Queuing (SIGCOMM 1996), with slots for bandwidth.
///
/// A value without clock or database: what happened is told to it, and it says what to ask for.
public struct LaneSchedule: Sendable {
    /// Lanes remembered at once; those beyond wait until they are found again (I8).
    public static let largest = 10_000
    /// How long a lane's floor is trusted: what sorts below it may be committed later.
    public static let floorLife = Duration.seconds(3)
    /// What an unknown job counts, in slot-seconds.
    static let firstCost = 1.0
    /// Lanes asked beyond those that fill the slots, in case some have run dry.
    static let spares = 8

    /// The lanes of one level.
    struct Order: Sendable {
        let priority: Int16
        let queue: String
        /// The lanes believed to have due jobs.
        var waiting = LaneHeap()
        var clock = 0.0
        /// The highest time ever given: where the clock stands when everything is served.
        var latest = 0.0
    }

    struct Entry: Sendable {
        let lane: Lane
        /// Its level's place in `orders`.
        let level: Int
        /// Its user's.
        var weight: Double
        var time: Double
        /// Mean slot-seconds of a job; nil while none has ended.
        var cost: Double?
        var running = 0
        var floor: LaneFloor?
        /// Whether all that was asked of it came: a shallow lane needs no floor.
        var isDeep = false
        /// When the lane was last asked for from its beginning.
        var swept: ContinuousClock.Instant
        /// What the open plan takes of it, and charged for that in advance.
        var take = 0
        var prepaid = 0.0
    }

    struct Charge: Sendable {
        /// The lane's number, which it keeps as long as something of it runs.
        var lane: Int
        var slotSeconds: Double
        var since: ContinuousClock.Instant
    }

    /// One per level that was ever met.
    var orders: [Order] = []
    /// The places of lanes in `entries`. All else knows them by these numbers, so that a job's lane is
    /// hashed twice rather than twenty times.
    var numbers: [Lane: Int] = [:]
    var entries: [Entry?] = []
    /// Numbers that name no lane.
    var unused: [Int] = []
    /// The attempts that run, with what was charged for each so far.
    var charges: [UUID: Charge] = [:]
    /// The lanes that the open plan takes something of, in its order.
    var planned: [Int] = []
    var meanCost = Self.firstCost
    var queues: [String]
    var lastRecharge: ContinuousClock.Instant?
    var lastMadeRoom: ContinuousClock.Instant?

    /// The users whose weight is not 1.
    public var weights: [String: Double] = [:] {
        didSet {
            for lane in entries.indices {
                guard let user = entries[lane]?.lane.user else { continue }
                entries[lane]?.weight = weights[user] ?? 1
            }
        }
    }

    /// Lanes of these queues; within a priority the queues take turns.
    public init(queues: [String]) {
        self.queues = queues
    }

    /// Whether some lane is believed to have a due job.
    public var hasWaiting: Bool { orders.contains { !$0.waiting.isEmpty } }

    /// How many lanes are believed to have due jobs.
    public var waitingCount: Int { orders.reduce(0) { $0 + $1.waiting.count } }

    /// Takes note of lanes that have due jobs.
    public mutating func found(_ lanes: [Lane], now: ContinuousClock.Instant) {
        if numbers.count >= Self.largest { makeRoom(now) }
        for lane in lanes { wait(lane, now: now) }
    }

    /// What to ask for to fill `slots`: lanes of the lowest priority number that has any.
    public mutating func plan(slots: Int, now: ContinuousClock.Instant) -> [LaneRequest] {
        chargeRunning(now)
        forgetPlan()
        let waiting = orders.indices.filter { !orders[$0].waiting.isEmpty }
        guard slots > 0, let priority = waiting.map({ orders[$0].priority }).min() else {
            return []
        }
        let levels = queues.compactMap { queue in
            waiting.first { orders[$0].priority == priority && orders[$0].queue == queue }
        }
        for turn in 0..<slots { serve(levels[turn % levels.count]) }
        var order = planned
        for level in levels {
            for lane in orders[level].waiting.lowest(order.count + Self.spares)
            where entries[lane]?.take == 0 && order.count < planned.count + slots + Self.spares {
                order.append(lane)
            }
        }
        queues.append(queues.removeFirst())
        return order.compactMap { number in
            let floor = floor(of: number, now)
            return entries[number].map {
                LaneRequest(lane: $0.lane, take: max(1, $0.take), floor: floor)
            }
        }
    }

    /// What came of a plan, or of a claim that found lanes by itself. Lanes of which less came than
    /// was asked for have run dry, unless the claim was full before it came to them.
    public mutating func claimed(
        _ arrivals: [LaneArrival], slots: Int, plan: [LaneRequest], now: ContinuousClock.Instant
    ) {
        if numbers.count >= Self.largest { makeRoom(now) }
        let homes = arrivals.map { wait($0.lane, now: now) }
        let asked = plan.map { numbers[$0.lane] }
        var came = [Int](repeating: 0, count: entries.count)
        for case let home? in homes { came[home] += 1 }
        let isFull = arrivals.count >= slots
        let lastServed = asked.lastIndex { $0.map { came[$0] > 0 } ?? false } ?? -1
        let reached = isFull ? lastServed : plan.count
        for (place, (request, lane)) in zip(plan, asked).enumerated() {
            guard let lane else { continue }
            refund(lane)
            let isShort = came[lane] < request.take
            if !isShort || place < reached { entries[lane]?.isDeep = !isShort }
            guard isShort, place < reached else { continue }
            // What came of it is not charged yet.
            runDry(lane, hasFloor: request.floor != nil, mayForget: came[lane] == 0)
        }
        for (arrival, lane) in zip(arrivals, homes) {
            if let lane { charge(arrival, to: lane, now: now) }
        }
    }

    /// What sorts below the floors may have come: every lane is asked for from its beginning.
    public mutating func forgetFloors() {
        for lane in entries.indices { entries[lane]?.floor = nil }
    }
}
