import Synchronization

/// Something that happens once and is waited for.
public final class Signal: Sendable {
    public struct TimedOut: Error, CustomStringConvertible {
        public let description: String
    }

    private struct State {
        var hasFired = false
        var waiters: [Int: CheckedContinuation<Bool, Never>] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    public init() {}

    public func fire() {
        let waiters = state.withLock { state in
            state.hasFired = true
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume(returning: true) }
    }

    /// Returns once it has happened; throws what was awaited when that takes too long.
    public func wait(for what: String, within limit: Duration = .seconds(20)) async throws {
        let happened = await withCheckedContinuation { continuation in
            let number: Int? = state.withLock { state in
                guard !state.hasFired else { return nil }
                state.next += 1
                state.waiters[state.next] = continuation
                return state.next
            }
            guard let number else { return continuation.resume(returning: true) }
            Task {
                // The limit of a wait that the event ends; reached only by a test that fails.
                try? await Task.sleep(for: limit)
                state.withLock { $0.waiters.removeValue(forKey: number) }?.resume(returning: false)
            }
        }
        if !happened { throw TimedOut(description: "waited \(limit) for \(what)") }
    }
}
