/// Timers by deadline: a binary heap whose cancelled entries are dropped when they surface, or all
/// at once when the heap has doubled since the last sweep, so that 30 s deadlines cancelled after
/// 1 ms do not pile up.
struct TimerHeap {
    private var entries: [EventLoop.Timer] = []
    private var sweepAt = 1024

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }

    /// The earliest deadline, in nanoseconds of the loop's clock.
    var nextDeadline: UInt64? { entries.first?.deadline }

    mutating func insert(_ timer: EventLoop.Timer) {
        if entries.count >= sweepAt { sweep() }
        entries.append(timer)
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].deadline < entries[parent].deadline else { break }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes out what is due at `now`, earliest first.
    mutating func popDue(_ now: UInt64) -> [EventLoop.Timer] {
        var due: [EventLoop.Timer] = []
        while let first = entries.first, first.deadline <= now {
            due.append(first)
            removeFirst()
        }
        return due
    }

    private mutating func removeFirst() {
        let last = entries.removeLast()
        guard !entries.isEmpty else { return }
        entries[0] = last
        siftDown(from: 0)
    }

    private mutating func siftDown(from start: Int) {
        var parent = start
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < entries.count && entries[child].deadline < entries[smallest].deadline {
                smallest = child
            }
            guard smallest != parent else { return }
            entries.swapAt(parent, smallest)
            parent = smallest
        }
    }

    private mutating func sweep() {
        entries.removeAll { !$0.isPending }
        // A sorted array is a heap.
        entries.sort { $0.deadline < $1.deadline }
        sweepAt = max(1024, entries.count * 2)
    }
}
