import Synchronization

/// A number that one thread writes and another reads.
final class Counter: Sendable {
    private let number = Mutex(0)

    var value: Int { number.withLock { $0 } }

    func set(_ value: Int) {
        number.withLock { $0 = value }
    }
}
