import Journal
import Postgres
import Synchronization

/// What the journal of an execution holds, read once per attempt, and what the attempt adds.
actor JournalMemory {
    private var reading: Task<[String: JournalledStep], any Error>?
    private var steps: [String: JournalledStep]?
    private let counted = Mutex(JournalCounts())

    nonisolated var counts: JournalCounts { counted.withLock { $0 } }

    nonisolated func count(_ change: (inout JournalCounts) -> Void) {
        counted.withLock { change(&$0) }
    }

    /// What is known under a key. The first to ask reads; whoever asks meanwhile waits for it, and
    /// a read that failed is made again by the next.
    func step(
        _ key: String, read: @escaping @Sendable () async throws -> [JournalledStep]
    ) async throws -> JournalledStep? {
        if let steps { return steps[key] }
        let task =
            reading
            ?? Task {
                Dictionary(try await read().map { ($0.key, $0) }, uniquingKeysWith: { $1 })
            }
        reading = task
        do {
            let found = try await task.value
            // A step that was kept while others still waited for the reading stays.
            if steps == nil { steps = found }
            return steps?[key]
        } catch {
            if reading == task { reading = nil }
            throw error
        }
    }

    func keep(_ step: JournalledStep) {
        steps?[step.key] = step
    }

    func forget(_ key: String) {
        steps?[key] = nil
    }
}
