import EngineTestSupport
import JSON
import Journal
import Synchronization

/// A journal whose process dies: after so many commits nothing is made or kept any more.
final class DyingJournal: Journal {
    private let inner: MemoryJournal
    private let left: Atomic<Int>

    /// `commits`: those that still happen.
    init(_ inner: MemoryJournal, commits: Int) {
        self.inner = inner
        left = Atomic(commits)
    }

    private struct Killed: Error {}

    private func live() throws {
        if left.load(ordering: .relaxed) <= 0 { throw Killed() }
    }

    func account<Reply: Journalled>(
        for intent: CallIntent, _ call: () async throws -> AccountedReply<Reply>
    ) async throws -> Reply {
        try live()
        let reply = try await inner.account(for: intent, call)
        left.subtract(1, ordering: .relaxed)
        return reply
    }

    func perform(
        _ step: JournalStep, _ body: () async throws -> JSONValue
    ) async throws -> JSONValue {
        try live()
        let output = try await inner.perform(step) {
            let output = try await body()
            // A body whose own calls were cut off does not end.
            try live()
            return output
        }
        left.subtract(1, ordering: .relaxed)
        return output
    }

    func wait(for event: ExternalEvent) async throws -> JSONValue {
        try live()
        return try await inner.wait(for: event)
    }
}
