import Synchronization

/// Counts down the steps a run may still start; shared by everything that runs side by side.
final class StepBudget: Sendable {
    private let remaining: Atomic<Int>

    init(_ limit: Int) {
        remaining = Atomic(limit)
    }

    /// Whether one more step may start.
    func take() -> Bool {
        remaining.subtract(1, ordering: .relaxed).newValue >= 0
    }
}
