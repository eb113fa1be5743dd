import FoundationEssentials
import Jobs
import Testing

@Suite("claim planner")
struct ClaimPlannerTests {
    private let worker = UUID()
    private let start = ContinuousClock.now

    private func request(
        _ planner: inout ClaimPlanner, _ slots: Int = 2, at milliseconds: Int
    ) -> ClaimRequest {
        planner.request(
            slots: slots, worker: worker, kinds: ["k"], now: start + .milliseconds(milliseconds))
    }

    private func lane(_ user: String) -> Lane {
        Lane(queue: "default", priority: 0, user: user)
    }

    private func held(_ user: String, _ count: Int) -> Claim {
        Claim(held: Array(repeating: lane(user), count: count))
    }

    @Test(
        "a worker that knows no lane looks hard; then a tenth of the time, unless claims come short"
    )
    func looks() {
        var planner = ClaimPlanner(queues: ["default"])
        let first = request(&planner, at: 0)
        #expect(first.look == 256 && first.lanes.isEmpty)
        #expect(first.lookBack >= .seconds(60))
        planner.claimed(held("a", 2), of: first, after: .milliseconds(40), now: start)
        // Full claims of known lanes: 9 times as long as the last look took, the first apart.
        for (time, look) in [(1, 0), (4, 0), (5, 16), (6, 0), (40, 0), (41, 16), (42, 0)] {
            let next = request(&planner, at: time)
            #expect(next.look == look, "at \(time) ms")
            #expect(next.lanes.map(\.lane) == [lane("a")])
            planner.claimed(
                held("a", 2), of: next, after: .milliseconds(4),
                now: start + .milliseconds(time))
        }
        let short = request(&planner, at: 50)
        planner.claimed(held("a", 1), of: short, after: .zero, now: start + .milliseconds(50))
        let after = request(&planner, at: 51)
        #expect(after.look == 16)
        #expect(after.lookBack >= .milliseconds(510) && after.lookBack < .seconds(1))
    }

    @Test(
        "the rarer the claims, the more rows are looked at",
        arguments: [(50, 16), (500, 64), (5000, 256)])
    func rows(pause: Int, look: Int) {
        var planner = ClaimPlanner(queues: ["default"])
        let first = request(&planner, at: 0)
        planner.claimed(Claim(), of: first, after: .zero, now: start)
        #expect(request(&planner, at: pause).look == look)
    }

    @Test("more may come after a full claim and while a lane is believed to have jobs")
    func more() {
        var planner = ClaimPlanner(queues: ["default"])
        let first = request(&planner, at: 0)
        #expect(!planner.mayBringMore(Claim(), of: first))
        #expect(planner.mayBringMore(held("a", 2), of: first))
        planner.claimed(held("a", 1), of: first, after: .zero, now: start)
        #expect(planner.mayBringMore(held("a", 1), of: first))
        let second = request(&planner, at: 1)
        planner.claimed(Claim(), of: second, after: .zero, now: start)
        #expect(!planner.mayBringMore(Claim(), of: second))
    }

    @Test(
        "a walk takes at most a twentieth of the time, queue after queue, and goes on where it was")
    func walks() {
        var planner = ClaimPlanner(queues: ["default", "slow"])
        let first = planner.walk(now: start)
        #expect(first?.queue == "default" && first?.after == nil)
        #expect((32...2048).contains(first?.limit ?? 0))
        planner.walked(
            [lane("a")], limit: 100, last: lane("b"), isDone: false, after: .milliseconds(10),
            now: start)
        #expect(planner.schedule.waitingCount == 1)
        #expect(planner.walk(now: start + .milliseconds(199)) == nil)
        let second = planner.walk(now: start + .milliseconds(200))
        #expect(second?.queue == "default" && second?.after == lane("b"))
        // 200 ms ago, of which a twentieth, at 0.1 ms a lane.
        #expect(second?.limit == 100)
        planner.walked(
            [], limit: 100, last: nil, isDone: true, after: .milliseconds(1),
            now: start + .milliseconds(200))
        #expect(planner.walk(now: start + .milliseconds(249)) == nil)
        let third = planner.walk(now: start + .milliseconds(250))
        #expect(third?.queue == "slow" && third?.after == nil)
    }

    /// Plays a claim that brings nothing; answers what it asked for.
    private func idleClaim(
        _ planner: inout ClaimPlanner, at milliseconds: Int, took: Duration,
        _ claim: Claim = Claim()
    ) -> ClaimRequest {
        let request = request(&planner, at: milliseconds)
        planner.claimed(
            claim, of: request, after: took, now: start + .milliseconds(milliseconds))
        return request
    }

    @Test("a look for the longest due that costs much is made a fiftieth of the time")
    func rareLongLooks() {
        var planner = ClaimPlanner(queues: ["default"])
        // The first is no measure, the second is: 6 ms.
        for time in [0, 1] {
            #expect(idleClaim(&planner, at: time, took: .milliseconds(6)).looksForLongestDue)
        }
        for time in [2, 100, 300] {
            #expect(!idleClaim(&planner, at: time, took: .milliseconds(1)).looksForLongestDue)
        }
        #expect(planner.untilLongLook(now: start + .milliseconds(300)) == .milliseconds(1))
        // Now it is known that 1 of the 6 are the way there and back.
        #expect(idleClaim(&planner, at: 301, took: .milliseconds(6)).looksForLongestDue)
        #expect(planner.untilLongLook(now: start + .milliseconds(301)) == .milliseconds(250))
        #expect(!request(&planner, at: 550).looksForLongestDue)
        // The snapshot is gone.
        #expect(idleClaim(&planner, at: 551, took: .milliseconds(1)).looksForLongestDue)
        #expect(request(&planner, at: 552).looksForLongestDue)
    }

    @Test("a database far away is none that is slow at looking")
    func farAway() {
        var planner = ClaimPlanner(queues: ["default"])
        for time in [0, 1] { _ = idleClaim(&planner, at: time, took: .milliseconds(30)) }
        #expect(!idleClaim(&planner, at: 2, took: .milliseconds(29)).looksForLongestDue)
        for time in [1501, 1502, 1503] {
            #expect(idleClaim(&planner, at: time, took: .milliseconds(30)).looksForLongestDue)
        }
    }

    @Test("five seconds at most, and none when what sorts below the floors may have come")
    func longLooksReturn() {
        var planner = ClaimPlanner(queues: ["default"])
        for time in [0, 1] { _ = idleClaim(&planner, at: time, took: .seconds(1)) }
        #expect(planner.untilLongLook(now: start + .milliseconds(1)) == .seconds(5))
        planner.forgetFloors()
        #expect(planner.untilLongLook(now: start + .milliseconds(1)) == .zero)
        #expect(request(&planner, at: 2).looksForLongestDue)
    }

    @Test("what ended since the last claim is named in the next, once, and a bounded number of it")
    func freed() {
        var planner = ClaimPlanner(queues: ["default"])
        planner.finished(
            (1...1500).map { HeldAttempt(jobID: $0, attemptID: UUID()) }, now: start)
        #expect(request(&planner, at: 0).freed == Array(501...1500))
        #expect(request(&planner, at: 1).freed.isEmpty)
    }
}
