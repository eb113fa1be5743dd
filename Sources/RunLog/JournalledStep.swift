import FoundationEssentials
import JSON
import Journal
import Postgres

/// A row of `run_steps`: something a run has paid for or done.
public struct JournalledStep: Sendable, Hashable {
    /// What is known of it. `claimed` may become any of the others or be withdrawn, `waiting`
    /// becomes `done`.
    public enum Status: String, Sendable {
        /// Begun; must not happen twice.
        case claimed
        /// Finished; the output stands.
        case done
        /// Begun and never known to have finished. With an output, that is what the run was told.
        case unknown
        /// An external event that was not answered yet.
        case waiting
    }

    public var key: String
    /// `model`, a kind of `JournalStep`, or `event`.
    public var kind: String
    public var fingerprint: String
    public var effect: SideEffect
    public var status: Status
    public var output: JSONValue?
    /// What was called; written for the records and not read back.
    var tool: JournalStep.Tool?

    public init(
        key: String, kind: String, fingerprint: String, effect: SideEffect = .none,
        status: Status, output: JSONValue? = nil
    ) {
        self.key = key
        self.kind = kind
        self.fingerprint = fingerprint
        self.effect = effect
        self.status = status
        self.output = output
    }

    init(row: PostgresRow) throws(PostgresError) {
        key = try row.decode(String.self, "step_key")
        kind = try row.decode(String.self, "kind")
        fingerprint = try row.decode(String.self, "fingerprint")
        effect = SideEffect(rawValue: try row.decode(String.self, "effect")) ?? .once
        status = Status(rawValue: try row.decode(String.self, "status")) ?? .unknown
        // One that a newer version wrote too deep for this one counts as not known.
        output = (try? row.decodeIfPresent(JSONValue.self, "output")) ?? nil
    }

    /// The kind of a model call.
    static let model = "model"
    /// The kind of an external event.
    static let event = "event"
}
