import JSON
import Journal
import Synchronization

/// A journal in memory: keeps the intents and how each call ended, and everything that was paid for
/// or done. One made `after` another is that of a later attempt: it replays what the other kept.
public final class MemoryJournal: Journal {
    /// One call that was made.
    public struct Entry: Sendable {
        public var intent: CallIntent
        /// nil while the call runs and when it failed.
        public var usage: CallUsage?
        public var error: String?
    }

    private struct Kept: Sendable {
        var fingerprint: String
        /// nil: claimed, or of unknown outcome.
        var output: JSONValue?
    }

    private struct State: Sendable {
        var entries: [Entry] = []
        var performed: [JournalStep] = []
        var replayed: [String] = []
        var diverged: [String] = []
        var kept: [String: Kept] = [:]
        var events: [ExternalEvent] = []
        var answers: [String: JSONValue] = [:]
    }

    private let state: Mutex<State>
    private let past: [String: Kept]

    public init() {
        state = Mutex(State())
        past = [:]
    }

    /// The journal of the attempt after the one that wrote `earlier`.
    public init(after earlier: MemoryJournal) {
        let (kept, answers) = earlier.state.withLock { ($0.kept, $0.answers) }
        past = kept
        state = Mutex(State(kept: kept, answers: answers))
    }

    public var entries: [Entry] { state.withLock { $0.entries } }
    /// The places of the calls made.
    public var steps: [String] { entries.map(\.intent.step) }
    public var totalTokens: Int { entries.reduce(0) { $0 + ($1.usage?.totalTokens ?? 0) } }
    /// The steps whose bodies ran.
    public var performed: [JournalStep] { state.withLock { $0.performed } }
    /// The keys of calls and steps that were not made again.
    public var replayed: [String] { state.withLock { $0.replayed } }
    /// The keys of calls and steps that are not those of the earlier attempt.
    public var diverged: [String] { state.withLock { $0.diverged } }
    /// The events that were waited for.
    public var events: [ExternalEvent] { state.withLock { $0.events } }

    /// Answers an event: before it is waited for, or before the next attempt.
    public func answer(_ key: String, _ answer: JSONValue) {
        state.withLock { $0.answers[key] = answer }
    }

    public func account<Reply: Journalled>(
        for intent: CallIntent, _ call: () async throws -> AccountedReply<Reply>
    ) async throws -> Reply {
        if let output = try replay(intent.step, intent.fingerprint, mustNotRepeat: false) {
            return try Reply(journalled: output)
        }
        let index = state.withLock { state in
            state.entries.append(Entry(intent: intent))
            return state.entries.count - 1
        }
        do {
            let accounted = try await call()
            state.withLock { state in
                state.entries[index].usage = accounted.usage
                state.kept[intent.step] = Kept(
                    fingerprint: intent.fingerprint, output: accounted.reply.journalled)
            }
            return accounted.reply
        } catch {
            state.withLock { $0.entries[index].error = "\(error)" }
            throw error
        }
    }

    public func perform(
        _ step: JournalStep, _ body: () async throws -> JSONValue
    ) async throws -> JSONValue {
        try Task.checkCancellation()
        if let output = try replay(
            step.key, step.fingerprint, mustNotRepeat: step.effect == .once)
        {
            return output
        }
        state.withLock { state in
            state.performed.append(step)
            if step.effect == .once {
                state.kept[step.key] = Kept(fingerprint: step.fingerprint, output: nil)
            }
        }
        do {
            return keep(try await body(), of: step)
        } catch let unknown as UnknownEffect {
            return keep(unknown.answer, of: step)
        } catch {
            let mayHaveHappened = (error as? any EffectReporting)?.mayHaveHappened ?? true
            if !mayHaveHappened || error is Suspension {
                state.withLock { $0.kept[step.key] = nil }
            }
            throw error
        }
    }

    public func wait(for event: ExternalEvent) async throws -> JSONValue {
        let answer = state.withLock { state in
            state.events.append(event)
            return state.answers[event.key]
        }
        guard let answer else { throw Suspension(key: event.key, reason: event.kind) }
        return answer
    }

    private func keep(_ output: JSONValue, of step: JournalStep) -> JSONValue {
        state.withLock {
            $0.kept[step.key] = Kept(fingerprint: step.fingerprint, output: output)
        }
        return output
    }

    private func replay(
        _ key: String, _ fingerprint: String, mustNotRepeat: Bool
    ) throws -> JSONValue? {
        guard let kept = past[key] else { return nil }
        if let output = kept.output, kept.fingerprint == fingerprint {
            state.withLock { $0.replayed.append(key) }
            return output
        }
        if mustNotRepeat, kept.output == nil { throw RunFailure.sideEffectUnknown(key: key) }
        state.withLock { $0.diverged.append(key) }
        return nil
    }
}
