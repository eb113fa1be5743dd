import JSON
import Journal
import Synchronization

/// A journal whose worker dies at one place of one model call: from then on nothing is called or
/// written.
final class CrashingJournal: Journal {
    enum Place: CaseIterable, Sendable {
        case beforeIntent, afterIntent, afterReply, afterCommit
    }

    static let code = "CRASH"
    static let crash = RunFailure(.crash, code: code, message: "the worker is dead")

    private let journal: any Journal
    private let place: Place
    private let call: Int
    private let count = Mutex(0)

    /// `call` counts from 1, replayed calls too.
    init(_ journal: any Journal, at place: Place, ofCall call: Int) {
        self.journal = journal
        self.place = place
        self.call = call
    }

    func account<Reply: Journalled>(
        for intent: CallIntent, _ call: () async throws -> AccountedReply<Reply>
    ) async throws -> Reply {
        let number = count.withLock { count in
            count += 1
            return count
        }
        let isLast = number == self.call
        if isLast, place == .beforeIntent { throw Self.crash }
        let reply = try await journal.account(for: intent) {
            () async throws -> AccountedReply<Reply> in
            if isLast, place == .afterIntent { throw Self.crash }
            let reply = try await call()
            if isLast, place == .afterReply { throw Self.crash }
            return reply
        }
        if isLast, place == .afterCommit { throw Self.crash }
        return reply
    }

    func perform(
        _ step: JournalStep, _ body: () async throws -> JSONValue
    ) async throws -> JSONValue {
        try await journal.perform(step, body)
    }

    func wait(for event: ExternalEvent) async throws -> JSONValue {
        try await journal.wait(for: event)
    }
}
