import Testing

@testable import Jobs

@Suite("lane heap")
struct LaneHeapTests {
    private func lane(_ number: Int) -> Lane {
        Lane(queue: "default", priority: 0, user: "u\(number)")
    }

    /// A generator that gives the same numbers every time.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64 = 42
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    @Test("after any changes the lowest lanes are those that a sort gives")
    func likeSorting() {
        var random = Seeded()
        var heap = LaneHeap()
        var times: [Lane: Double] = [:]
        for _ in 0..<3000 {
            let lane = lane(Int.random(in: 0..<60, using: &random))
            if Int.random(in: 0..<4, using: &random) == 0 {
                heap.remove(lane)
                times[lane] = nil
            } else {
                let time = Double(Int.random(in: 0..<40, using: &random))
                heap.set(lane, to: time)
                times[lane] = time
            }
            let sorted = times.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
            #expect(heap.first == sorted.first)
            #expect(heap.count == sorted.count)
            #expect(heap.lowest(7) == Array(sorted.prefix(7)))
            #expect(heap.contains(lane) == (times[lane] != nil))
        }
    }
}
