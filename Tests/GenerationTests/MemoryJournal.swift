import JSON
import Journal
import Synchronization

/// Keeps the intents in memory; can fail as a store does.
final class MemoryJournal: Journal {
    private let failure: (any Error)?
    private let recorded = Mutex<[CallIntent]>([])

    init(failure: (any Error)? = nil) {
        self.failure = failure
    }

    var intents: [CallIntent] { recorded.withLock { $0 } }

    func account<Reply: Journalled>(
        for intent: CallIntent, _ call: () async throws -> AccountedReply<Reply>
    ) async throws -> Reply {
        if let failure { throw failure }
        recorded.withLock { $0.append(intent) }
        return try await call().reply
    }

    func perform(
        _ step: JournalStep, _ body: () async throws -> JSONValue
    ) async throws -> JSONValue {
        try await body()
    }

    func wait(for event: ExternalEvent) async throws -> JSONValue {
        throw Suspension(key: event.key, reason: event.kind)
    }
}
