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

    struct Level: Hashable, Sendable {
        var priority: Int16
        var queue: String
    }

    struct Order: Sendable {
        /// The lanes believed to have due jobs.
        var waiting = LaneHeap()
        var clock = 0.0
        /// The highest time ever given: where the clock stands when everything is served.
        var latest = 0.0
    }

    struct Entry: Sendable {
        var time: Double
        /// Mean slot-seconds of a job; nil while none has ended.
        var cost: Double?
        var running = 0
        var floor: LaneFloor?
        /// Whether all that was asked of it came: a shallow lane needs no floor.
        var isDeep = false
        /// When the lane was last asked for from its beginning.
        var swept: ContinuousClock.Instant
    }

    struct Charge: Sendable {
        var lane: Lane
        var slotSeconds: Double
        var since: ContinuousClock.Instant
    }

    var orders: [Level: Order] = [:]
    var entries: [Lane: Entry] = [:]
    /// The attempts that run, with what was charged for each so far.
    var charges: [UUID: Charge] = [:]
    /// What the open plan charged in advance.
    var prepaid: [Lane: Double] = [:]
    var meanCost = Self.firstCost
    var queues: [String]
    var lastRecharge: ContinuousClock.Instant?
    var lastMadeRoom: ContinuousClock.Instant?

    /// The users whose weight is not 1.
    public var weights: [String: Double] = [:]

    /// Lanes of these queues; within a priority the queues take turns.
    public init(queues: [String]) {
        self.queues = queues
    }

    /// Whether some lane is believed to have a due job.
    public var hasWaiting: Bool { orders.contains { !$0.value.waiting.isEmpty } }

    /// How many lanes are believed to have due jobs.
    public var waitingCount: Int { orders.values.reduce(0) { $0 + $1.waiting.count } }

    /// Takes note of lanes that have due jobs.
    public mutating func found(_ lanes: [Lane], now: ContinuousClock.Instant) {
        if entries.count >= Self.largest { makeRoom(now) }
        for lane in lanes where entries.count < Self.largest || entries[lane] != nil {
            wait(lane, now: now)
        }
    }

    /// What to ask for to fill `slots`: lanes of the lowest priority number that has any.
    public mutating func plan(slots: Int, now: ContinuousClock.Instant) -> [LaneRequest] {
        chargeRunning(now)
        prepaid = [:]
        let waiting = orders.filter { !$0.value.waiting.isEmpty }
        guard slots > 0, let priority = waiting.keys.map(\.priority).min() else { return [] }
        let levels = queues.map { Level(priority: priority, queue: $0) }
            .filter { waiting[$0] != nil }
        var takes: [Lane: Int] = [:]
        var order: [Lane] = []
        for turn in 0..<slots {
            guard let lane = serve(levels[turn % levels.count]) else { continue }
            if takes[lane] == nil { order.append(lane) }
            takes[lane, default: 0] += 1
        }
        for level in levels {
            for lane in orders[level]?.waiting.lowest(order.count + Self.spares) ?? []
            where takes[lane] == nil && order.count < takes.count + slots + Self.spares {
                order.append(lane)
            }
        }
        queues.append(queues.removeFirst())
        return order.map { lane in
            LaneRequest(lane: lane, take: takes[lane] ?? 1, floor: floor(of: lane, now))
        }
    }

    /// What came of a plan, or of a claim that found lanes by itself. Lanes of which less came than
    /// was asked for have run dry, unless the claim was full before it came to them.
    public mutating func claimed(
        _ arrivals: [LaneArrival], slots: Int, plan: [LaneRequest], now: ContinuousClock.Instant
    ) {
        var came: [Lane: Int] = [:]
        var lanes: [Lane] = []
        for arrival in arrivals {
            if came[arrival.lane] == nil { lanes.append(arrival.lane) }
            came[arrival.lane, default: 0] += 1
        }
        let isFull = arrivals.count >= slots
        let reached = isFull ? (plan.lastIndex { came[$0.lane] != nil } ?? -1) : plan.count
        found(lanes, now: now)
        for (place, request) in plan.enumerated() {
            refund(request.lane)
            let isShort = came[request.lane, default: 0] < request.take
            if !isShort || place < reached { entries[request.lane]?.isDeep = !isShort }
            if isShort, place < reached { runDry(request) }
        }
        for arrival in arrivals { charge(arrival, now: now) }
    }

    /// What sorts below the floors may have come: every lane is asked for from its beginning.
    public mutating func forgetFloors() {
        for lane in entries.keys { entries[lane]?.floor = nil }
    }
}
