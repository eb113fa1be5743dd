/// Lanes by their virtual time, the lowest first; equal ones by their name. Every change costs
/// log n.
///
/// A lane is known by the number its schedule gave it: hashing its name at every step took a fifth of
/// the worker's time.
struct LaneHeap: Sendable {
    private struct Member {
        let number: Int
        let lane: Lane
        var time: Double

        static func < (one: Member, other: Member) -> Bool {
            one.time != other.time ? one.time < other.time : one.lane < other.lane
        }
    }

    private static let nowhere = -1

    /// The lane with the lowest time first.
    private var order: [Member] = []
    /// By number: where in `order`, or `nowhere`. Other levels' lanes have numbers, too.
    private var places: [Int] = []

    var isEmpty: Bool { order.isEmpty }
    var count: Int { order.count }
    var first: Int? { order.first?.number }

    func contains(_ number: Int) -> Bool {
        number < places.count && places[number] != Self.nowhere
    }

    /// Adds the lane, or moves it to another time.
    mutating func set(_ number: Int, _ lane: Lane, to time: Double) {
        if move(number, to: time) { return }
        while places.count <= number { places.append(Self.nowhere) }
        put(Member(number: number, lane: lane, time: time))
    }

    /// Moves the lane to another time; false when it is not there.
    @discardableResult
    mutating func move(_ number: Int, to time: Double) -> Bool {
        guard contains(number) else { return false }
        order[places[number]].time = time
        rise(from: sink(from: places[number]))
        return true
    }

    mutating func remove(_ number: Int) {
        guard contains(number) else { return }
        takeOut(places[number])
        places[number] = Self.nowhere
    }

    /// The first `count` lanes in order; the heap is as before.
    mutating func lowest(_ count: Int) -> [Int] {
        var taken: [Member] = []
        while taken.count < count, let member = order.first {
            taken.append(member)
            takeOut(0)
        }
        for member in taken { put(member) }
        return taken.map(\.number)
    }

    private mutating func put(_ member: Member) {
        places[member.number] = order.count
        order.append(member)
        rise(from: order.count - 1)
    }

    private mutating func takeOut(_ place: Int) {
        let last = order.removeLast()
        guard place < order.count else { return }
        order[place] = last
        places[last.number] = place
        rise(from: sink(from: place))
    }

    private func isBefore(_ one: Int, _ other: Int) -> Bool { order[one] < order[other] }

    private mutating func swap(_ one: Int, _ other: Int) {
        order.swapAt(one, other)
        places[order[one].number] = one
        places[order[other].number] = other
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
            guard left < order.count else { return place }
            let right = left + 1
            let child = right < order.count && isBefore(right, left) ? right : left
            guard isBefore(child, place) else { return place }
            swap(child, place)
            place = child
        }
    }
}
