import TestSupport
import Testing

@testable import Jobs

@Suite("lane heap")
struct LaneHeapTests {
    private func lane(_ number: Int) -> Lane {
        Lane(queue: "default", priority: 0, user: "u\(number)")
    }

    @Test("after any changes the lowest lanes are those that a sort gives")
    func likeSorting() {
        var random = SeededGenerator(seed: 42)
        var heap = LaneHeap()
        var times: [Int: Double] = [:]
        var lanes = (0..<60).map(lane)
        for turn in 0..<3000 {
            let number = Int.random(in: 0..<60, using: &random)
            if Int.random(in: 0..<4, using: &random) == 0 {
                heap.remove(number)
                times[number] = nil
                // The number may come to name another.
                lanes[number] = lane((turn * 37) % 1000)
            } else {
                let time = Double(Int.random(in: 0..<40, using: &random))
                heap.set(number, lanes[number], to: time)
                times[number] = time
            }
            let sorted = times.sorted {
                ($0.value, lanes[$0.key]) < ($1.value, lanes[$1.key])
            }.map(\.key)
            #expect(heap.first == sorted.first)
            #expect(heap.count == sorted.count)
            #expect(heap.lowest(7) == Array(sorted.prefix(7)))
            #expect(heap.contains(number) == (times[number] != nil))
        }
    }
}
