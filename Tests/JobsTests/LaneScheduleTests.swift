import FoundationEssentials
import Testing

@testable import Jobs

@Suite("lane schedule")
struct LaneScheduleTests {
    private func lane(
        _ user: String, priority: Int16 = 0, queue: String = "default"
    ) -> Lane {
        Lane(queue: queue, priority: priority, user: user)
    }

    private func arrival(_ lane: Lane, _ id: Int64) -> LaneArrival {
        LaneArrival(
            lane: lane, attemptID: UUID(),
            place: LaneFloor(runAt: Date(timeIntervalSince1970: 1), jobID: id))
    }

    @Test("users with jobs of one length share the slots by weight, to 2 %")
    func weights() {
        var fleet = SimulatedFleet(slots: 7)
        fleet.schedule.weights = ["b": 2, "c": 0.5]
        for user in ["a", "b", "c"] { fleet.enqueue(lane(user), 20_000, seconds: 1) }
        fleet.run(until: 2000)
        let total = Double(fleet.finished.count)
        for (user, share) in [("a", 1 / 3.5), ("b", 2 / 3.5), ("c", 0.5 / 3.5)] {
            let got = Double(fleet.finished.count { $0.lane.user == user }) / total
            #expect(abs(got - share) < 0.02 * share, "\(user): \(got)")
        }
    }

    @Test("who has longer jobs gets as much slot time, not as many jobs")
    func costs() {
        var fleet = SimulatedFleet(slots: 4)
        fleet.enqueue(lane("long"), 10_000, seconds: 20)
        fleet.enqueue(lane("short"), 100_000, seconds: 1)
        fleet.run(until: 10_000)
        let long = fleet.finished.filter { $0.lane.user == "long" }.count * 20
        let short = fleet.finished.filter { $0.lane.user == "short" }.count
        #expect(abs(Double(long) / Double(short) - 1) < 0.03, "\(long) \(short)")
    }

    @Test("jobs that never end do not take more slots than their share while others wait")
    func endless() {
        var fleet = SimulatedFleet(slots: 10)
        fleet.enqueue(lane("endless"), 1000, seconds: 1e6)
        fleet.enqueue(lane("short"), 1_000_000, seconds: 1)
        fleet.run(until: 500)
        #expect((4...6).contains(fleet.held(by: "endless")), "\(fleet.held(by: "endless"))")
    }

    @Test(
        "a user's first job runs as soon as a slot is free, behind 100,000 of others",
        arguments: [1, 100, 1000])
    func newcomer(users: Int) {
        var fleet = SimulatedFleet(slots: 10)
        for user in 0..<users {
            fleet.enqueue(lane("u\(user)"), 100_000 / users, seconds: 2)
        }
        fleet.run(until: 33)
        fleet.enqueue(lane("new"), 1, seconds: 2)
        fleet.run(until: 60)
        let first = fleet.finished.first { $0.lane.user == "new" }
        #expect((first?.claimed ?? .infinity) - 33 <= 2)
    }

    @Test("so does that of one who comes while short jobs are still charged for as long ones")
    func newcomerEarly() {
        var fleet = SimulatedFleet(slots: 10)
        fleet.enqueue(lane("first"), 1000, seconds: 0.2)
        fleet.run(until: 0.45)
        fleet.enqueue(lane("new"), 1, seconds: 0.2)
        fleet.run(until: 3)
        let new = fleet.finished.first { $0.lane.user == "new" }
        #expect((new?.claimed ?? .infinity) - 0.45 <= 0.2)
    }

    @Test("leaving and coming back saves up no turns")
    func returning() {
        var fleet = SimulatedFleet(slots: 1)
        fleet.enqueue(lane("a"), 1, seconds: 1)
        fleet.enqueue(lane("b"), 10_000, seconds: 1)
        fleet.run(until: 100)
        fleet.enqueue(lane("a"), 10_000, seconds: 1)
        fleet.run(until: 200)
        let later = fleet.finished.filter { $0.claimed >= 100 }
        #expect(abs(later.count { $0.lane.user == "a" } - later.count / 2) <= 2)
        // Nor does somebody who ran dry escape what the last jobs cost.
        #expect(later.prefix(4).count { $0.lane.user == "a" } <= 3)
    }

    @Test("lower priority numbers go first, and queues take turns within one")
    func levels() {
        var schedule = LaneSchedule(queues: ["x", "y"])
        let now = ContinuousClock.now
        schedule.found(
            [
                lane("a", priority: 1, queue: "x"), lane("a", queue: "y"), lane("b", queue: "y"),
                lane("c", queue: "x"),
            ], now: now)
        let plan = schedule.plan(slots: 4, now: now)
        #expect(plan.map(\.lane.priority).allSatisfy { $0 == 0 })
        #expect(plan.first { $0.lane.queue == "x" }?.take == 2)
        #expect(plan.filter { $0.lane.queue == "y" }.map(\.take) == [1, 1])
        // Nobody came from priority 0: the next claim asks priority 1.
        schedule.claimed([], slots: 4, plan: plan, now: now)
        let next = schedule.plan(slots: 4, now: now)
        #expect(next.map(\.lane) == [lane("a", priority: 1, queue: "x")])
        #expect(next.map(\.take) == [4])
    }

    @Test("a lane of which less came has run dry, unless the claim was full before it")
    func dry() {
        let now = ContinuousClock.now
        for (came, waits) in [
            (["a", "b", "c"], ["a", "b", "c"]), (["a", "c", "c"], ["a", "c"]), (["a"], ["a"]),
            ([], []), (["b", "b", "b"], ["b", "c"]),
        ] {
            var schedule = LaneSchedule(queues: ["default"])
            schedule.found(["a", "b", "c"].map { lane($0) }, now: now)
            let plan = schedule.plan(slots: 3, now: now)
            #expect(plan.map(\.lane.user) == ["a", "b", "c"])
            schedule.claimed(
                came.map { arrival(lane($0), 1) }, slots: 3, plan: plan, now: now)
            let waiting = ["a", "b", "c"].filter {
                schedule.numbers[lane($0)].map(schedule.orders[0].waiting.contains) == true
            }
            #expect(waiting == waits, "\(came)")
        }
    }

    @Test("an unused turn costs nothing")
    func refund() {
        var schedule = LaneSchedule(queues: ["default"])
        let now = ContinuousClock.now
        schedule.found([lane("a"), lane("b")], now: now)
        let before = schedule.entries.compactMap(\.self)
        let plan = schedule.plan(slots: 5, now: now)
        schedule.claimed(
            (1...5).map { arrival(lane("z"), $0) }, slots: 5, plan: plan, now: now)
        #expect(before.count == 2)
        for (number, entry) in before.enumerated() {
            #expect(schedule.entries[number]?.lane == entry.lane)
            #expect(schedule.entries[number]?.time == entry.time)
        }
    }

    @Test("a lane goes on at its floor, and now and then at its beginning")
    func floors() {
        var schedule = LaneSchedule(queues: ["default"])
        let start = ContinuousClock.now
        schedule.found([lane("a")], now: start)
        func claim(_ ids: [Int64], at now: ContinuousClock.Instant) -> LaneFloor? {
            let plan = schedule.plan(slots: 2, now: now)
            schedule.claimed(ids.map { arrival(lane("a"), $0) }, slots: 2, plan: plan, now: now)
            return plan.first?.floor
        }
        #expect(claim([1, 2], at: start) == nil)
        #expect(claim([4, 3], at: start + .seconds(1))?.jobID == 2)
        #expect(claim([5, 6], at: start + .seconds(2))?.jobID == 4)
        #expect(claim([7, 8], at: start + .seconds(4)) == nil)
        #expect(claim([], at: start + .seconds(5))?.jobID == 8)
        // Nothing above the floor: below it there may be something yet, so the lane is asked again.
        #expect(schedule.hasWaiting)
        #expect(claim([], at: start + .seconds(5)) == nil)
        #expect(!schedule.hasWaiting)
        #expect(schedule.numbers.count == 1)
    }

    @Test("woken jobs may sort below the floors: all are forgotten")
    func forgottenFloors() {
        var schedule = LaneSchedule(queues: ["default"])
        let now = ContinuousClock.now
        schedule.found([lane("a")], now: now)
        let plan = schedule.plan(slots: 1, now: now)
        schedule.claimed([arrival(lane("a"), 9)], slots: 1, plan: plan, now: now)
        schedule.forgetFloors()
        #expect(schedule.plan(slots: 1, now: now).map(\.floor) == [nil])
    }

    @Test("more lanes than it may remember wait until there is room, and memory stays bounded")
    func bounded() {
        var schedule = LaneSchedule(queues: ["default"])
        var now = ContinuousClock.now
        let many = (0..<LaneSchedule.largest + 500).map { lane("u\($0)") }
        schedule.found(many, now: now)
        #expect(schedule.waitingCount == LaneSchedule.largest)
        while schedule.hasWaiting {
            let plan = schedule.plan(slots: 500, now: now)
            schedule.claimed([], slots: 500, plan: plan, now: now)
        }
        #expect(schedule.numbers.isEmpty)
        now = now + .seconds(2)
        schedule.found(Array(many.suffix(500)), now: now)
        #expect(schedule.waitingCount == 500)
        #expect(schedule.entries.count == LaneSchedule.largest, "numbers are used again")
    }

    @Test("what came of a lane that ran dry in the same claim is charged")
    func dryAtOnce() {
        var schedule = LaneSchedule(queues: ["default"])
        let now = ContinuousClock.now
        schedule.found([lane("a")], now: now)
        let plan = schedule.plan(slots: 10, now: now)
        schedule.claimed(
            (1...5).map { arrival(lane("a"), $0) }, slots: 10, plan: plan, now: now)
        #expect(!schedule.hasWaiting)
        #expect(schedule.charges.count == 5)
        // It is charged on while they run, so that somebody new goes first.
        schedule.found([lane("a"), lane("b")], now: now)
        let later = now + .seconds(20)
        #expect(schedule.plan(slots: 1, now: later).first?.lane == lane("b"))
    }
}
