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
    func claim(_ step: JournalledStep) -> PostgresCommand {
        PostgresCommand(
            """
            WITH held AS (
                SELECT j.attempt_id FROM jobs j WHERE j.id = $1 AND j.attempt_id = $2 FOR SHARE
            ), kept AS (
                INSERT INTO run_steps AS old (
                    execution_id, step_key, kind, fingerprint, effect, attempt_id, status,
                    retention_s, plugin, action)
                SELECT $3, $4, $5, $6, $7, held.attempt_id, 'claimed', $8, $9, $10 FROM held
                ON CONFLICT (execution_id, step_key) DO UPDATE SET
                    kind = excluded.kind, fingerprint = excluded.fingerprint,
                    effect = excluded.effect, attempt_id = excluded.attempt_id,
                    status = excluded.status, output = NULL, usage = NULL, error = NULL,
                    plugin = excluded.plugin, action = excluded.action,
                    divergences = old.divergences + 1, started_at = clock_timestamp(),
                    ended_at = NULL
                WHERE old.status = 'done'
                    AND (old.fingerprint, old.kind) <> (excluded.fingerprint, excluded.kind)
                RETURNING 1
            )
            SELECT EXISTS (SELECT FROM held) AS held, EXISTS (SELECT FROM kept) AS kept
            """,
            [
                .int64(attempt.jobID), .uuid(attempt.attemptID), .uuid(attempt.executionID),
                .text(step.key), .text(step.kind), .text(step.fingerprint),
                .text(step.effect.rawValue), .int32(retentionSeconds),
                .optional(step.tool?.plugin), .optional(step.tool?.action),
            ])
    }

    /// Writes what a call or step came to. What is there already for the same request stays;
    /// another request's output is replaced, which counts as a divergence.
    func finish(
        _ step: JournalledStep, usage: JSONValue? = nil, error: String? = nil, took: Duration
    ) -> PostgresCommand {
        PostgresCommand(
            """
            WITH held AS (
                SELECT j.attempt_id FROM jobs j WHERE j.id = $1 AND j.attempt_id = $2 FOR SHARE
            ), kept AS (
                INSERT INTO run_steps AS old (
                    execution_id, step_key, kind, fingerprint, effect, attempt_id, status, output,
                    usage, error, retention_s, started_at, ended_at, plugin, action)
                SELECT $3, $4, $5, $6, $7, held.attempt_id, $8, $9::text::json, $10, $11, $12,
                    clock_timestamp() - make_interval(secs => $13), clock_timestamp(), $14, $15
                FROM held
                ON CONFLICT (execution_id, step_key) DO UPDATE SET
                    kind = excluded.kind, fingerprint = excluded.fingerprint,
                    effect = excluded.effect, attempt_id = excluded.attempt_id,
                    status = excluded.status, output = excluded.output, usage = excluded.usage,
                    error = excluded.error, ended_at = excluded.ended_at,
                    plugin = excluded.plugin, action = excluded.action,
                    divergences = old.divergences + CASE
                        WHEN (old.fingerprint, old.kind) <> (excluded.fingerprint, excluded.kind)
                        THEN 1 ELSE 0 END
                WHERE (old.fingerprint, old.kind) <> (excluded.fingerprint, excluded.kind)
                    OR old.status = 'claimed' AND old.attempt_id = excluded.attempt_id
                RETURNING 1
            )
            SELECT EXISTS (SELECT FROM held) AS held, EXISTS (SELECT FROM kept) AS kept
            """,
            [
                .int64(attempt.jobID), .uuid(attempt.attemptID), .uuid(attempt.executionID),
                .text(step.key), .text(step.kind), .text(step.fingerprint),
                .text(step.effect.rawValue), .text(step.status.rawValue),
                step.output.map { .text($0.serialized) } ?? .null,
                usage.map { .json($0) } ?? .null, .optional(error), .int32(retentionSeconds),
                .double(took / .seconds(1)), .optional(step.tool?.plugin),
                .optional(step.tool?.action),
            ])
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

    static func written(_ rows: PostgresRows) throws(PostgresError) -> Written {
        guard let row = rows.first else { return Written(isHeld: false, isKept: false) }
        return Written(
            isHeld: try row.decode(Bool.self, "held"), isKept: try row.decode(Bool.self, "kept"))
    }

    private var retentionSeconds: Int32 {
        Int32(clamping: Int64((retention / .seconds(1)).rounded(.up)))
    }
}
