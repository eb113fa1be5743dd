import JSON
import Postgres

extension RunSteps {
    /// Writes the rows of many runs, each fenced by its own attempt. Jobs are locked in the order of
    /// their ids. One statement for all: most of a lone row's cost is the statement around it.
    static func write(_ rows: [Row]) -> PostgresCommand {
        PostgresCommand(
            """
            WITH asked AS MATERIALIZED (
                SELECT * FROM unnest(
                    $1::bigint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[],
                    $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::bigint[],
                    $13::float8[], $14::text[], $15::text[])
                WITH ORDINALITY AS a(
                    job_id, attempt_id, execution_id, step_key, kind, fingerprint,
                    effect, status, output, usage, error, retention_s,
                    took_s, plugin, action, place)
            ), held AS (
                SELECT a.place FROM jobs j
                JOIN asked a ON a.job_id = j.id AND a.attempt_id = j.attempt_id
                WHERE j.id = ANY ($1)
                ORDER BY j.id FOR SHARE OF j
            ), kept AS (
                INSERT INTO run_steps AS old (
                    execution_id, step_key, kind, fingerprint, effect, attempt_id, status, output,
                    usage, error, retention_s, started_at, ended_at, plugin, action)
                SELECT a.execution_id, a.step_key, a.kind, a.fingerprint, a.effect, a.attempt_id,
                    a.status, a.output::json, a.usage::jsonb, a.error, a.retention_s,
                    clock_timestamp() - make_interval(secs => a.took_s),
                    CASE WHEN a.status <> 'claimed' THEN clock_timestamp() END, a.plugin, a.action
                FROM held JOIN asked a USING (place)
                ON CONFLICT (execution_id, step_key) DO UPDATE SET
                    kind = excluded.kind, fingerprint = excluded.fingerprint,
                    effect = excluded.effect, attempt_id = excluded.attempt_id,
                    status = excluded.status, output = excluded.output, usage = excluded.usage,
                    error = excluded.error, plugin = excluded.plugin, action = excluded.action,
                    started_at = CASE WHEN excluded.status = 'claimed' THEN excluded.started_at
                        ELSE old.started_at END,
                    ended_at = excluded.ended_at,
                    divergences = old.divergences + CASE
                        WHEN (old.fingerprint, old.kind) <> (excluded.fingerprint, excluded.kind)
                        THEN 1 ELSE 0 END
                WHERE CASE WHEN excluded.status = 'claimed'
                    THEN old.status = 'done'
                        AND (old.fingerprint, old.kind) <> (excluded.fingerprint, excluded.kind)
                    ELSE (old.fingerprint, old.kind) <> (excluded.fingerprint, excluded.kind)
                        OR old.status = 'claimed' AND old.attempt_id = excluded.attempt_id END
                RETURNING execution_id, step_key
            )
            SELECT held.place IS NOT NULL AS held, kept.step_key IS NOT NULL AS kept
            FROM asked LEFT JOIN held USING (place)
            LEFT JOIN kept USING (execution_id, step_key)
            ORDER BY asked.place
            """,
            [
                .int64Array(rows.map(\.steps.attempt.jobID)),
                .uuidArray(rows.map(\.steps.attempt.attemptID)),
                .uuidArray(rows.map(\.steps.attempt.executionID)),
                .textArray(rows.map(\.step.key)), .textArray(rows.map(\.step.kind)),
                .textArray(rows.map(\.step.fingerprint)),
                .textArray(rows.map(\.step.effect.rawValue)),
                .textArray(rows.map(\.step.status.rawValue)),
                .optionalTextArray(rows.map { $0.step.output?.serialized }),
                .optionalTextArray(rows.map { $0.usage?.serialized }),
                .optionalTextArray(rows.map(\.error)),
                .int64Array(rows.map { Int64($0.steps.retentionSeconds) }),
                .doubleArray(rows.map { $0.took / .seconds(1) }),
                .optionalTextArray(rows.map(\.step.tool?.plugin)),
                .optionalTextArray(rows.map(\.step.tool?.action)),
            ])
    }

    /// What `write` came to, row by row.
    static func written(_ rows: PostgresRows) throws(PostgresError) -> [Written] {
        var written: [Written] = []
        for row in rows {
            written.append(
                Written(
                    isHeld: try row.decode(Bool.self, "held"),
                    isKept: try row.decode(Bool.self, "kept")))
        }
        return written
    }
}
