/// What is to happen at moments of virtual time, the earliest first; of one moment, what was
/// planned first.
struct Timers {
    private struct Timer {
        let at: Duration
        let order: Int
        let action: () -> Void
    }

    private var heap: [Timer] = []
    private var planned = 0

    /// The earliest moment at which something is to happen.
    var next: Duration? { heap.first?.at }

    mutating func plan(at moment: Duration, _ action: @escaping () -> Void) {
        planned += 1
        heap.append(Timer(at: moment, order: planned, action: action))
        var place = heap.count - 1
        while place > 0, isBefore(place, (place - 1) / 2) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func removeFirst() -> () -> Void {
        heap.swapAt(0, heap.count - 1)
        let first = heap.removeLast()
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < heap.count && isBefore(child, least) {
                least = child
            }
            guard least != place else { return first.action }
            heap.swapAt(place, least)
            place = least
        }
    }

    private func isBefore(_ one: Int, _ other: Int) -> Bool {
        (heap[one].at, heap[one].order) < (heap[other].at, heap[other].order)
    }
}
