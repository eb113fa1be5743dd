import JSON
import Journal
import Synchronization

/// A journal that only gives back what was kept: nothing is called, nothing is written. It notes
/// where the run asks for something else than then.
public final class ReplayJournal: Journal {
    /// Where a replayed run and the one of then part.
    public struct Difference: Sendable, Hashable {
        public enum Kind: String, Sendable {
            /// Another request under the same key; the run went on with the answer of then.
            case changed
            /// Nothing was kept under the key: it failed then, or was not asked for.
            case missing
            /// Kept then, not asked for now.
            case unused
        }

        public var kind: Kind
        public var key: String
        /// `model`, `tool`, `step`, `delay` or `event`.
        public var step: String

        public init(kind: Kind, key: String, step: String) {
            self.kind = kind
            self.key = key
            self.step = step
        }
    }

    /// The code of the failure with which a run ends that asks for what was not kept.
    public static let missingCode = "NOT_IN_JOURNAL"

    private struct State: Sendable {
        var asked: Set<String> = []
        var differences: [Difference] = []
    }

    private let steps: [String: JournalledStep]
    private let state = Mutex(State())

    /// `steps` are those of one execution.
    public init(_ steps: [JournalledStep]) {
        self.steps = Dictionary(steps.map { ($0.key, $0) }, uniquingKeysWith: { $1 })
    }

    /// How many calls and steps were given back.
    public var replayed: Int { state.withLock { $0.asked.count { steps[$0] != nil } } }

    /// The differences in the order in which the run met them, then what it did not ask for.
    public var differences: [Difference] {
        let (met, asked) = state.withLock { ($0.differences, $0.asked) }
        let unused = steps.values.filter { !asked.contains($0.key) }.sorted { $0.key < $1.key }
        return met
            + unused.map { Difference(kind: .unused, key: $0.key, step: $0.kind) }
    }

    public func account<Reply: Journalled>(
        for intent: CallIntent, _ call: () async throws -> AccountedReply<Reply>
    ) async throws -> Reply {
        try Reply(
            journalled: kept(intent.step, JournalledStep.model, intent.fingerprint))
    }

    public func perform(
        _ step: JournalStep, _ body: () async throws -> JSONValue
    ) async throws -> JSONValue {
        try kept(step.key, step.kind.rawValue, step.fingerprint)
    }

    public func wait(for event: ExternalEvent) async throws -> JSONValue {
        try kept(event.key, JournalledStep.event, AttemptJournal.shown(event).fingerprint)
    }

    private func kept(_ key: String, _ kind: String, _ fingerprint: String) throws -> JSONValue {
        try Task.checkCancellation()
        let key = StepKey.stored(key)
        let step = steps[key]
        let difference: Difference.Kind? =
            step?.output == nil
            ? .missing : step?.fingerprint == fingerprint && step?.kind == kind ? nil : .changed
        state.withLock { state in
            let isNew = state.asked.insert(key).inserted
            if let difference, isNew {
                state.differences.append(Difference(kind: difference, key: key, step: kind))
            }
        }
        guard let output = step?.output else {
            throw RunFailure(
                .transport, code: Self.missingCode, message: "nothing is kept under \(key)")
        }
        return output
    }
}
