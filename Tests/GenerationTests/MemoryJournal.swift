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

    func account<Reply: Sendable>(
        for intent: CallIntent, _ call: () async throws -> AccountedReply<Reply>
    ) async throws -> Reply {
        if let failure { throw failure }
        recorded.withLock { $0.append(intent) }
        return try await call().reply
    }
}
