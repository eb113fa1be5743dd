import Synchronization

/// Counts rounds of a loop, for whoever must know that it still turns.
final class ProgressCounter: Sendable {
    private let rounds = Atomic<Int>(0)

    var value: Int { rounds.load(ordering: .relaxed) }

    func advance() {
        rounds.add(1, ordering: .relaxed)
    }
}
