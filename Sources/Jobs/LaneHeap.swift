/// Lanes by their virtual time, the lowest first; equal ones by their name. Every change costs
/// log n.
struct LaneHeap: Sendable {
    private var lanes: [Lane] = []
    private var times: [Double] = []
    private var places: [Lane: Int] = [:]

    var isEmpty: Bool { lanes.isEmpty }
    var count: Int { lanes.count }
    var first: Lane? { lanes.first }

    func contains(_ lane: Lane) -> Bool { places[lane] != nil }

    /// Adds the lane, or moves it to another time.
    mutating func set(_ lane: Lane, to time: Double) {
        if let place = places[lane] {
            times[place] = time
            rise(from: sink(from: place))
        } else {
            lanes.append(lane)
            times.append(time)
            places[lane] = lanes.count - 1
            rise(from: lanes.count - 1)
        }
    }

    mutating func remove(_ lane: Lane) {
        guard let place = places.removeValue(forKey: lane) else { return }
        let last = lanes.count - 1
        if place < last {
            lanes[place] = lanes[last]
            times[place] = times[last]
            places[lanes[place]] = place
        }
        lanes.removeLast()
        times.removeLast()
        if place < last { rise(from: sink(from: place)) }
    }

    /// The first `count` lanes in order; the heap is as before.
    mutating func lowest(_ count: Int) -> [Lane] {
        var taken: [(lane: Lane, time: Double)] = []
        while taken.count < count, let lane = lanes.first {
            taken.append((lane, times[0]))
            remove(lane)
        }
        for (lane, time) in taken { set(lane, to: time) }
        return taken.map(\.lane)
    }

    private func isBefore(_ one: Int, _ other: Int) -> Bool {
        times[one] != times[other] ? times[one] < times[other] : lanes[one] < lanes[other]
    }

    private mutating func swap(_ one: Int, _ other: Int) {
        lanes.swapAt(one, other)
        times.swapAt(one, other)
        places[lanes[one]] = one
        places[lanes[other]] = other
    }

    private mutating func rise(from start: Int) {
        var place = start
        while place > 0, isBefore(place, (place - 1) / 2) {
            swap(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    /// Where it came to rest.
    @discardableResult
    private mutating func sink(from start: Int) -> Int {
        var place = start
        while true {
            let left = 2 * place + 1
            guard left < lanes.count else { return place }
            let right = left + 1
            let child = right < lanes.count && isBefore(right, left) ? right : left
            guard isBefore(child, place) else { return place }
            swap(child, place)
            place = child
        }
    }
}
