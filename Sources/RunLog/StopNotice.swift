import Synchronization

/// Tells a task that goes on after its run was stopped that it was.
final class StopNotice: Sendable {
    private let flag = Atomic<Bool>(false)

    var isGiven: Bool { flag.load(ordering: .acquiring) }

    func give() {
        flag.store(true, ordering: .releasing)
    }
}
