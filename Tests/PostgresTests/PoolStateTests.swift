import Testing

@testable import Postgres

@Suite("pool state")
struct PoolStateTests {
    private func expect(
        _ state: inout PoolState<Int>, hasWaiters: Bool, _ wanted: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let request = name(state.request(hasWaiters: hasWaiters))
        #expect(request == wanted, sourceLocation: sourceLocation)
    }

    private func name(_ request: PoolState<Int>.Request) -> String {
        switch request {
        case .lease(let connection): "lease \(connection)"
        case .connect: "connect"
        case .wait: "wait"
        case .closed: "closed"
        }
    }

    @Test("connections are made up to the limit, then callers wait")
    func limit() {
        var state = PoolState<Int>(limit: 2)
        expect(&state, hasWaiters: false, "connect")
        expect(&state, hasWaiters: false, "connect")
        expect(&state, hasWaiters: false, "wait")
        #expect(state.open == 2)
    }

    @Test("a newcomer does not overtake those who wait")
    func noOvertaking() {
        var state = PoolState<Int>(limit: 2)
        _ = state.request(hasWaiters: false)
        expect(&state, hasWaiters: true, "wait")
    }

    @Test("the connection used last is leased first")
    func lastUsedFirst() {
        var state = PoolState<Int>(limit: 2)
        _ = state.request(hasWaiters: false)
        _ = state.request(hasWaiters: false)
        _ = state.returned(1, isUsable: true, hasWaiters: false)
        _ = state.returned(2, isUsable: true, hasWaiters: false)
        expect(&state, hasWaiters: false, "lease 2")
    }

    @Test(
        "a returned connection goes to who waits, or rests; a broken one frees its slot",
        arguments: [
            (true, true, "handOver", 1), (true, false, "keep", 1),
            (false, true, "discardAndConnect", 1),
            (false, false, "discard", 0),
        ])
    func returned(isUsable: Bool, hasWaiters: Bool, fate: String, open: Int) {
        var state = PoolState<Int>(limit: 1)
        _ = state.request(hasWaiters: false)
        let result = state.returned(1, isUsable: isUsable, hasWaiters: hasWaiters)
        #expect("\(result)" == fate)
        #expect(state.open == open)
    }

    @Test("after a failed connect the slot goes to who waits, or is free")
    func slotFreed() {
        var state = PoolState<Int>(limit: 1)
        _ = state.request(hasWaiters: false)
        let isTakenOver = state.slotFreed(hasWaiters: true)
        #expect(isTakenOver)
        #expect(state.open == 1)
        let isFree = !state.slotFreed(hasWaiters: false)
        #expect(isFree)
        #expect(state.open == 0)
    }

    @Test("a closed pool gives up its idle connections and discards what comes back")
    func close() {
        var state = PoolState<Int>(limit: 3)
        for _ in 0..<3 { _ = state.request(hasWaiters: false) }
        _ = state.returned(1, isUsable: true, hasWaiters: false)
        let idle = state.close()
        #expect(idle == [1])
        #expect(state.open == 2)
        expect(&state, hasWaiters: false, "closed")
        let late = state.returned(2, isUsable: true, hasWaiters: true)
        #expect("\(late)" == "discard")
        let isGivenUp = !state.slotFreed(hasWaiters: true)
        #expect(isGivenUp)
        #expect(state.open == 0)
    }
}
