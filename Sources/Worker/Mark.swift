import Synchronization

/// Set by one part, taken by another; setting it twice counts once.
final class Mark: Sendable {
    private let isSet = Atomic<Bool>(false)

    func set() {
        isSet.store(true, ordering: .releasing)
    }

    /// Whether it was set since it was last taken.
    func take() -> Bool {
        isSet.exchange(false, ordering: .acquiringAndReleasing)
    }
}
