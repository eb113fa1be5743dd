import Testing

@testable import Limits

@Suite("The queue for permits")
struct PermitQueueTests {
    let start = ContinuousClock.now

    private func call(
        _ id: Int, tokens: Int = 10, patience: Duration = .seconds(10)
    ) -> PermitQueue.Waiting {
        PermitQueue.Waiting(id: id, tokens: tokens, deadline: start + patience)
    }

    private func slice(_ granted: Double, level: Double, rate: Double = 10) -> AllowanceGrant {
        .slice(
            AllowanceSlice(
                requests: AllowanceLine(granted: granted, level: level, rate: rate, since: start),
                tokens: nil, expiresAt: start + .seconds(3)),
            pace: AllowanceGrant.Pace(requests: rate))
    }

    @Test("one lease for all that wait, then they go in the order they came")
    func inOrder() {
        var queue = PermitQueue()
        for id in 1...3 { queue.arrive(call(id), now: start) }
        let asked = queue.step(now: start)
        #expect(asked.ready.isEmpty)
        #expect(
            asked.demand == AllowanceDemand(requests: 3, tokens: 30, firstTokens: 10))
        #expect(queue.step(now: start).demand == nil, "one lease at a time")
        queue.leased(slice(3, level: 2), now: start)
        let first = queue.step(now: start)
        #expect(first.ready == [1, 2])
        #expect(first.again == start + .milliseconds(100))
        #expect(queue.step(now: start + .milliseconds(100)).ready == [3])
        #expect(queue.step(now: start + .milliseconds(100)).again == nil)
    }

    @Test("a call that finds a slice asks the database nothing")
    func fromTheSlice() {
        var queue = PermitQueue()
        queue.arrive(call(1), now: start)
        _ = queue.step(now: start)
        queue.leased(slice(5, level: 5), now: start)
        #expect(queue.step(now: start).ready == [1])
        for id in 2...5 {
            queue.arrive(call(id), now: start)
            let step = queue.step(now: start)
            #expect(step.ready == [id] && step.demand == nil)
        }
    }

    @Test("what came lately is asked for again, and what was not used is returned")
    func ahead() {
        var queue = PermitQueue()
        queue.arrive(call(1), now: start)
        _ = queue.step(now: start)
        queue.leased(slice(5, level: 5), now: start)
        _ = queue.step(now: start)
        queue.arrive(call(2), now: start)
        #expect(queue.step(now: start).ready == [2])
        queue.heard(requests: 7, tokens: nil, now: start + .seconds(3))
        let late = start + .seconds(3)
        queue.arrive(call(3), now: late)
        #expect(
            queue.step(now: late).demand
                == AllowanceDemand(
                    requests: 1, tokens: 10, firstTokens: 10, unusedRequests: 3, leftRequests: 7))
    }

    @Test("a call whose time is over leaves, and so does one that is stopped")
    func late() {
        var queue = PermitQueue()
        queue.arrive(call(1, patience: .seconds(1)), now: start)
        queue.arrive(call(2), now: start)
        let asked = queue.step(now: start)
        #expect(asked.again == start + .seconds(1))
        #expect(queue.step(now: start + .seconds(1)).late == [1])
        queue.leave(2)
        queue.leased(slice(5, level: 5), now: start + .seconds(1))
        #expect(queue.step(now: start + .seconds(1)) == PermitQueue.Step())
    }

    @Test("sent away, or without an answer, it asks again after the pause and not before")
    func pauses() {
        var queue = PermitQueue()
        queue.arrive(call(1), now: start)
        #expect(queue.step(now: start).demand != nil)
        queue.leased(.later(.seconds(2), pace: AllowanceGrant.Pace(requests: 0.5)), now: start)
        #expect(queue.step(now: start).again == start + .seconds(2))
        #expect(queue.step(now: start + .seconds(1)).demand == nil)
        #expect(queue.step(now: start + .seconds(2)).demand != nil)
        queue.leaseFailed(now: start + .seconds(2))
        #expect(queue.step(now: start + .seconds(2)).demand == nil)
        #expect(
            queue.step(now: start + .seconds(2) + PermitQueue.pauseAfterFailure).demand != nil)
    }

    @Test("the wait to expect is the place in line over this worker's share of the rate")
    func expected() {
        var queue = PermitQueue()
        #expect(queue.expectedWait(tokens: 10) == .zero, "nothing is known yet")
        queue.arrive(call(1), now: start)
        _ = queue.step(now: start)
        queue.leased(
            .later(.seconds(2), pace: AllowanceGrant.Pace(requests: 0.5, tokens: 4)), now: start)
        #expect(queue.expectedWait(tokens: 1) == .seconds(4))
        #expect(queue.expectedWait(tokens: 90) == .seconds(25))
        #expect(queue.callsPerSecond(tokens: 2) == 0.5)
        #expect(queue.callsPerSecond(tokens: 40) == 0.1)
    }

    @Test("runs that are held come back one after the other, at the pace of their permits")
    func returnLine() {
        var line = ReturnLine()
        let holds = (0..<3).map { _ in
            line.hold(
                wait: .seconds(12), callsPerSecond: 2, patience: .seconds(10), now: start)
        }
        #expect(holds == [.seconds(7), .milliseconds(7500), .seconds(8)])
        #expect(
            line.hold(
                wait: .seconds(9_000), callsPerSecond: 2, patience: .zero, now: start)
                == ReturnLine.longest)
        var idle = ReturnLine()
        #expect(
            idle.hold(wait: .zero, callsPerSecond: nil, patience: .seconds(10), now: start)
                == ReturnLine.shortest)
    }
}
