import JSON
import Journal
import Synchronization

@testable import Models

/// A journal in memory that outlives an attempt: give it to one call after the other.
final class MemoryJournal: Journal {
    private struct Entry {
        var fingerprint: String
        var value: JSONValue
    }

    /// What happened, in order.
    let events = Mutex<[String]>([])
    private let entries = Mutex<[String: Entry]>([:])
    /// The key at which the worker "dies" before its output is committed.
    let diesAt = Mutex<String?>(nil)

    /// The worker died.
    struct Death: Error {}

    func account<Reply: Journalled>(
        for intent: CallIntent, _ call: () async throws -> AccountedReply<Reply>
    ) async throws -> Reply {
        if let value = kept(intent.step, intent.fingerprint) {
            return try Reply(journalled: value)
        }
        note(
            "intent \(intent.provider) \(intent.model) \(intent.step) "
                + "\(intent.estimatedInputTokens) \(intent.maxOutputTokens ?? -1)")
        do {
            let accounted = try await call()
            note("outcome \(accounted.model) \(accounted.usage.totalTokens)")
            try keep(intent.step, intent.fingerprint, accounted.reply.journalled)
            return accounted.reply
        } catch let error as ModelError {
            note("failed \(error.ledgerCode)")
            throw error
        }
    }

    func perform(
        _ step: JournalStep, _ body: () async throws -> JSONValue
    ) async throws -> JSONValue {
        if let value = kept(step.key, step.fingerprint) { return value }
        let value = try await body()
        try keep(step.key, step.fingerprint, value)
        note("step \(step.key)")
        return value
    }

    func wait(for event: ExternalEvent) async throws -> JSONValue { .null }

    private func kept(_ key: String, _ fingerprint: String) -> JSONValue? {
        entries.withLock { entries in
            entries[key].flatMap { $0.fingerprint == fingerprint ? $0.value : nil }
        }
    }

    private func keep(_ key: String, _ fingerprint: String, _ value: JSONValue) throws {
        let dies = diesAt.withLock { diesAt in
            defer { if diesAt == key { diesAt = nil } }
            return diesAt == key
        }
        if dies { throw Death() }
        entries.withLock { $0[key] = Entry(fingerprint: fingerprint, value: value) }
    }

    private func note(_ event: String) { events.withLock { $0.append(event) } }
}
