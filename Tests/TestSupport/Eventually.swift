/// A condition that did not come true in time.
public struct TimedOut: Error, CustomStringConvertible {
    /// What was awaited, and for how long.
    public let description: String
}

/// Waits until `condition` holds, asking every 20 ms; throws `TimedOut` naming `what` when that
/// takes longer than `limit`, times the tests' patience.
public func eventually(
    within limit: Duration = .seconds(10), _ what: String, _ condition: () async throws -> Bool
) async throws {
    let limit = limit * Patience.factor
    let start = ContinuousClock.now
    while try await !condition() {
        guard start.duration(to: .now) < limit else {
            throw TimedOut(description: "waited \(limit) in vain for: \(what)")
        }
        try await Task.sleep(for: .milliseconds(20))
    }
}
