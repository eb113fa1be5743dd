import FoundationEssentials
import Jobs

/// A worker and a queue without clock or database: jobs of known durations, slots, and the schedule
/// that says whose turn it is. Claims know every lane, as if a walk had found it.
struct SimulatedFleet {
    struct Finish {
        let lane: Lane
        let claimed: Double
        let ended: Double
    }

    private struct Running {
        let attempt: UUID
        let lane: Lane
        let claimed: Double
        let ends: Double
    }

    var schedule: LaneSchedule
    let slots: Int
    private(set) var finished: [Finish] = []
    private var start = ContinuousClock.now
    private var time = 0.0
    private var backlog: [Lane: [Double]] = [:]
    private var running: [Running] = []
    private var lastID: Int64 = 0

    init(queues: [String] = ["default"], slots: Int) {
        schedule = LaneSchedule(queues: queues)
        self.slots = slots
    }

    private var now: ContinuousClock.Instant { start + .seconds(time) }

    /// Enqueues `count` jobs that run `seconds` each.
    mutating func enqueue(_ lane: Lane, _ count: Int, seconds: Double) {
        backlog[lane, default: []] += Array(repeating: seconds, count: count)
        schedule.found([lane], now: now)
    }

    /// Runs until the time has come, or nothing is left.
    mutating func run(until end: Double = .infinity) {
        while time < end {
            claim()
            guard let next = running.map(\.ends).min(), next <= end else { break }
            time = next
            for job in running where job.ends <= time {
                finished.append(Finish(lane: job.lane, claimed: job.claimed, ended: job.ends))
                schedule.finished(job.attempt, now: now)
            }
            running.removeAll { $0.ends <= time }
        }
        if end.isFinite { time = end }
    }

    /// How many slots a user's jobs hold now.
    func held(by user: String) -> Int { running.count { $0.lane.user == user } }

    private mutating func claim() {
        while running.count < slots, schedule.hasWaiting {
            let free = slots - running.count
            let plan = schedule.plan(slots: free, now: now)
            var arrivals: [LaneArrival] = []
            for request in plan {
                let count = min(
                    request.take, free - arrivals.count, backlog[request.lane]?.count ?? 0)
                for _ in 0..<count { arrivals.append(take(request.lane)) }
            }
            schedule.claimed(arrivals, slots: free, plan: plan, now: now)
        }
    }

    private mutating func take(_ lane: Lane) -> LaneArrival {
        lastID += 1
        let seconds = backlog[lane]?.removeFirst() ?? 0
        let attempt = UUID()
        running.append(
            Running(attempt: attempt, lane: lane, claimed: time, ends: time + seconds))
        return LaneArrival(
            lane: lane, attemptID: attempt,
            place: LaneFloor(runAt: Date(timeIntervalSince1970: 0), jobID: lastID))
    }
}
