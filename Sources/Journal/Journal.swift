import JSON

/// What an engine needs of the world's memory: every model call is accounted for through it, and
/// what was paid for or done is not paid for or done again by a later attempt of the same job.
///
/// Engines know neither the database nor the queue; the worker hands them a journal bound to one
/// attempt of one job. Keys are deterministic and unique within a run. A journalled value is given
/// again when key and fingerprint are those of then; under the same key a changed fingerprint is a
/// new call, and is counted and reported as a divergence. Only successes are replayed.
public protocol Journal: Sendable {
    /// Commits the intent, makes the call, commits its outcome and its reply, and only then returns
    /// the reply (invariant I9). A journalled reply is returned without any of it.
    ///
    /// Throws what `call` threw, or a `RunFailure` of the store: then the call was not made, or its
    /// reply may not be used.
    func account<Reply: Journalled>(
        for intent: CallIntent, _ call: () async throws -> AccountedReply<Reply>
    ) async throws -> Reply

    /// Does a step and commits its output, and only then returns it; or returns the journalled
    /// output.
    ///
    /// A `.once` step is claimed before, in a commit of its own. When a claimed one was never
    /// finished, or its body threw an error that does not rule the effect out (`EffectReporting`),
    /// it throws a permanent `RunFailure` of class `tool` and code `SIDE_EFFECT_UNKNOWN` ever
    /// after. Throws what `body` threw, or a `RunFailure` of the store.
    func perform(
        _ step: JournalStep, _ body: () async throws -> JSONValue
    ) async throws -> JSONValue

    /// The answer to an external event when it is there, else throws `Suspension` after the wait is
    /// committed.
    ///
    /// The answer: `{"decision": "approve" | "reject" | "timeout", "approver", "comment",
    /// "content", "responses": [{"approver", "decision", "comment", "respondedAt"}],
    /// "answeredAt"}`; of a timeout it has the decision, the responses so far and the time.
    func wait(for event: ExternalEvent) async throws -> JSONValue
}

extension RunFailure {
    /// The code of a run that met a step whose effect may have happened and must not be repeated.
    public static let sideEffectUnknownCode = "SIDE_EFFECT_UNKNOWN"

    /// The failure of a run that met such a step.
    public static func sideEffectUnknown(key: String) -> RunFailure {
        RunFailure(
            .tool, code: sideEffectUnknownCode,
            message: "step \(key) was begun by an earlier attempt and whether it took effect is "
                + "unknown; it must not happen twice, so look whether it did and enqueue the rest",
            isPermanent: true)
    }
}
