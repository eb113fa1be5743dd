import Testing

@testable import Limits

@Suite("A slice of an allowance")
struct AllowanceSliceTests {
    let start = ContinuousClock.now

    private func line(
        _ granted: Double, level: Double, rate: Double = 10
    ) -> AllowanceLine {
        AllowanceLine(granted: granted, level: level, rate: rate, since: start)
    }

    @Test("permits below the level are ready at once, the others one by one at the rate")
    func spaced() {
        var slice = AllowanceSlice(
            requests: line(4, level: 2), tokens: nil, expiresAt: start + .seconds(3))
        #expect(slice.take(tokens: 1, now: start) == .ready)
        #expect(slice.take(tokens: 1, now: start) == .ready)
        #expect(slice.take(tokens: 1, now: start) == .at(start + .milliseconds(100)))
        #expect(slice.take(tokens: 1, now: start + .milliseconds(100)) == .ready)
        #expect(slice.take(tokens: 1, now: start + .milliseconds(200)) == .ready)
        #expect(slice.take(tokens: 1, now: start + .seconds(1)) == .spent)
    }

    @Test("a level below zero says that others go first")
    func behindOthers() {
        var slice = AllowanceSlice(
            requests: line(1, level: -9), tokens: nil, expiresAt: start + .seconds(3))
        #expect(slice.take(tokens: 1, now: start) == .at(start + .seconds(1)))
    }

    @Test("the scarcer of requests and tokens decides")
    func twoLines() {
        var slice = AllowanceSlice(
            requests: line(10, level: 10), tokens: line(300, level: 100, rate: 100),
            expiresAt: start + .seconds(3))
        #expect(slice.take(tokens: 80, now: start) == .ready)
        #expect(slice.take(tokens: 70, now: start) == .at(start + .milliseconds(500)))
        #expect(slice.take(tokens: 300, now: start) == .spent)
    }

    @Test("a call of more than a second's tokens goes once a second's worth is there")
    func large() {
        var slice = AllowanceSlice(
            requests: nil, tokens: line(5_000, level: 50, rate: 100),
            expiresAt: start + .seconds(3))
        #expect(slice.take(tokens: 5_000, now: start) == .at(start + .milliseconds(500)))
        #expect(slice.take(tokens: 5_000, now: start + .milliseconds(500)) == .ready)
    }

    @Test("nothing is used of a slice that expired, nor promised for after its end")
    func expired() {
        var slice = AllowanceSlice(
            requests: line(50, level: 1), tokens: nil, expiresAt: start + .milliseconds(150))
        #expect(slice.take(tokens: 0, now: start) == .ready)
        #expect(slice.take(tokens: 0, now: start) == .at(start + .milliseconds(100)))
        #expect(slice.take(tokens: 0, now: start + .milliseconds(100)) == .ready)
        #expect(slice.take(tokens: 0, now: start + .milliseconds(100)) == .spent)
        #expect(slice.take(tokens: 0, now: start + .milliseconds(150)) == .spent)
    }

    @Test("a permit given back can be taken again")
    func givenBack() {
        var slice = AllowanceSlice(
            requests: line(1, level: 1), tokens: line(5, level: 5), expiresAt: start + .seconds(1))
        #expect(slice.take(tokens: 5, now: start) == .ready)
        #expect(slice.take(tokens: 5, now: start) == .spent)
        slice.giveBack(tokens: 5)
        #expect(slice.take(tokens: 5, now: start) == .ready)
    }
}
