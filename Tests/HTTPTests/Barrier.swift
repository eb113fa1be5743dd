import Foundation

/// Holds threads back until a number of them has come.
final class Barrier: @unchecked Sendable {
    private let condition = NSCondition()
    private var missing: Int

    // Unchecked: `missing` is behind the condition's lock.
    init(count: Int) {
        missing = count
    }

    func arriveAndWait() {
        condition.lock()
        defer { condition.unlock() }
        missing -= 1
        if missing <= 0 { condition.broadcast() }
        while missing > 0 { condition.wait() }
    }
}
