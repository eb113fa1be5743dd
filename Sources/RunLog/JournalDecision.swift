import JSON
import Journal

/// What to do with a call or step, given what the journal has under its key.
enum JournalDecision: Sendable, Hashable {
    /// Use this output; nothing is called.
    case replay(JSONValue)
    /// Call; with `diverged`, the journal holds another request under this key.
    case perform(diverged: Bool)
    /// It may have happened, and must not happen twice.
    case refuse

    /// Pure and total.
    static func decide(
        _ past: JournalledStep?, kind: String, fingerprint: String, effect: SideEffect
    ) -> JournalDecision {
        guard let past else { return .perform(diverged: false) }
        let isSame = past.kind == kind && past.fingerprint == fingerprint
        let mustNotRepeat = past.effect == .once || effect == .once
        switch past.status {
        case .done, .unknown:
            if isSame, let output = past.output { return .replay(output) }
            if mustNotRepeat, past.status == .unknown || isSame { return .refuse }
        case .claimed:
            if mustNotRepeat { return .refuse }
        // An event's row under the key of a call: the workflow has changed.
        case .waiting: break
        }
        return .perform(diverged: !isSame)
    }
}
