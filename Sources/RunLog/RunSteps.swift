import FoundationEssentials
import JSON
import Journal
import Postgres

/// The statements of `run_steps`. Whatever writes for a run is fenced by the attempt that holds the
/// job: a stale one journals nothing. Jobs are locked first, as everywhere.
struct RunSteps: Sendable {
    /// What a fenced write came to.
    struct Written: Sendable, Hashable {
        /// Whether the attempt is still the caller's.
        var isHeld: Bool
        /// Whether the row is what was to be written.
        var isKept: Bool
    }

    /// A row to be written, for `RunSteps.write`.
    struct Row: Sendable {
        let steps: RunSteps
        let step: JournalledStep
        var usage: JSONValue?
        var error: String?
        var took = Duration.zero
    }

    let attempt: AttemptContext
    /// How long a row is kept after the job's end.
    let retention: Duration

    /// Everything the journal holds of an execution; what it keeps for the records alone
    /// (`keep_run_reports`) is no part of the run.
    static func all(of execution: UUID) -> PostgresCommand {
        PostgresCommand(
            """
            SELECT step_key, kind, fingerprint, effect, status, output FROM run_steps
            WHERE execution_id = $1 AND fingerprint <> 'report'
            """, [.uuid(execution)])
    }

    /// Claims what must not happen twice. Kept only when nobody has claimed it: neither an attempt
    /// before nor this one.
    func claim(_ step: JournalledStep) -> Row {
        var claimed = step
        claimed.status = .claimed
        claimed.output = nil
        return Row(steps: self, step: claimed)
    }

    /// Writes what a call or step came to. What is there already for the same request stays;
    /// another request's output is replaced, which counts as a divergence.
    func finish(
        _ step: JournalledStep, usage: JSONValue? = nil, error: String? = nil, took: Duration
    ) -> Row {
        Row(steps: self, step: step, usage: usage, error: error, took: took)
    }

    /// Takes back a claim whose step certainly did not happen. By the row's own attempt: only the
    /// one that claimed it knows.
    func withdraw(_ key: String) -> PostgresCommand {
        PostgresCommand(
            """
            DELETE FROM run_steps
            WHERE execution_id = $1 AND step_key = $2 AND attempt_id = $3 AND status = 'claimed'
            """, [.uuid(attempt.executionID), .text(key), .uuid(attempt.attemptID)])
    }

    /// Opens a wait, or reads what became of it.
    func openWait(
        _ key: String, fingerprint: String, request: JSONValue, timeout: Duration?
    ) -> PostgresCommand {
        PostgresCommand(
            """
            SELECT held, status, output, wait_until, diverged
            FROM await_event($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .int64(attempt.jobID), .uuid(attempt.attemptID), .uuid(attempt.executionID),
                .text(key), .text(fingerprint), .json(request),
                timeout.map { .double($0 / .seconds(1)) } ?? .null, .int32(retentionSeconds),
            ])
    }

    var retentionSeconds: Int32 {
        Int32(clamping: Int64((retention / .seconds(1)).rounded(.up)))
    }
}
