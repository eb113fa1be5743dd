import Journal
import Synchronization

/// A journal that keeps the intents and how each call ended, in memory.
public final class MemoryJournal: Journal {
    /// One call.
    public struct Entry: Sendable {
        public var intent: CallIntent
        /// nil while the call runs and when it failed.
        public var usage: CallUsage?
        public var error: String?
    }

    private let kept = Mutex<[Entry]>([])

    public init() {}

    public var entries: [Entry] { kept.withLock { $0 } }
    public var steps: [String] { entries.map(\.intent.step) }
    public var totalTokens: Int { entries.reduce(0) { $0 + ($1.usage?.totalTokens ?? 0) } }

    public func account<Reply: Sendable>(
        for intent: CallIntent, _ call: () async throws -> AccountedReply<Reply>
    ) async throws -> Reply {
        let index = kept.withLock { kept in
            kept.append(Entry(intent: intent))
            return kept.count - 1
        }
        do {
            let accounted = try await call()
            kept.withLock { $0[index].usage = accounted.usage }
            return accounted.reply
        } catch {
            kept.withLock { $0[index].error = "\(error)" }
            throw error
        }
    }
}
