-- Holds that arise in mid-run: a limit, budget or cool-down stops a run before its next call. The job is `held` off the claim path, under
-- the limit's name, its attempt given back, until hold_until or until the limit is lifted.
SELECT pg_advisory_xact_lock(hashtextextended('agent-worker migrations', 0));
SET LOCAL lock_timeout = '5s';

-- Which limit holds the job, such as `cooldown:openai/gpt-4o`; hold_reason says it to people.
ALTER TABLE jobs ADD COLUMN IF NOT EXISTS hold_key text;

-- The state an outcome leads to. A cancel that was asked for meanwhile wins over running again, over waiting and over a hold.
CREATE OR REPLACE FUNCTION settled_state(outcome text, cancel_requested_at timestamptz)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN outcome NOT IN ('retry', 'snooze', 'interrupt', 'wait', 'hold') THEN outcome
        WHEN cancel_requested_at IS NOT NULL THEN 'cancelled'
        WHEN outcome = 'wait' THEN 'waiting'
        WHEN outcome = 'hold' THEN 'held'
        ELSE 'available'
    END
$$;

-- Ends attempts by the word of their worker: an array of {"job_id","attempt_id","outcome","delay_ms","failure_class","error","output",
-- "hold_key","hold_reason","run","generation"}. Fenced by attempt_id alone: leaving `running` clears it, so a state test is implied, and
-- naming the state would invite a plan that drives from the small index of running jobs. Each attempt is answered `done`, `already`
-- (settled before: the acknowledgement was lost) or `lost` (the job was taken back; nothing is recorded). The ledger calls a hold a snooze.
CREATE OR REPLACE FUNCTION settle_jobs(settlements jsonb)
RETURNS TABLE (attempt_id uuid, verdict text, total_tokens bigint)
LANGUAGE plpgsql SET jit = off AS $$
#variable_conflict use_column
DECLARE
    ended job_attempts[];
BEGIN
    WITH said AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(settlements) AS s(
            job_id bigint, attempt_id uuid, outcome text, delay_ms bigint, failure_class text,
            error text, output jsonb, hold_key text, hold_reason text)
    ), fenced AS (
        UPDATE jobs j SET
            state = settled_state(s.outcome, j.cancel_requested_at),
            finished_at = CASE
                WHEN settled_state(s.outcome, j.cancel_requested_at)
                    NOT IN ('available', 'waiting', 'held')
                THEN clock_timestamp() END,
            attempt_id = NULL,
            -- given back: the provider, the operator, a wait or a limit ended this attempt, not the job
            attempt = j.attempt - CASE WHEN s.outcome IN ('snooze', 'interrupt', 'wait', 'hold')
                AND j.cancel_requested_at IS NULL THEN 1 ELSE 0 END,
            snoozes = j.snoozes + CASE WHEN s.outcome = 'snooze' THEN 1 ELSE 0 END,
            run_at = CASE WHEN s.outcome IN ('retry', 'snooze')
                THEN clock_timestamp() + make_interval(secs => coalesce(s.delay_ms, 0) / 1000.0)
                ELSE j.run_at END,
            hold_key = CASE WHEN s.outcome = 'hold' THEN s.hold_key END,
            hold_reason = CASE WHEN s.outcome = 'hold' THEN coalesce(s.hold_reason, 'a limit') END,
            -- never without an end: a release that came before this settlement has not seen the job
            hold_until = CASE WHEN s.outcome = 'hold'
                THEN clock_timestamp()
                    + make_interval(secs => least(coalesce(s.delay_ms, 60000), 2764800000) / 1000.0)
                END,
            output = coalesce(s.output, j.output),
            last_error = coalesce(s.error, j.last_error)
        FROM said s
        WHERE j.id = s.job_id AND j.attempt_id = s.attempt_id
            -- an index scan under any plan mode, where the join alone may scan the table
            AND j.id = ANY (ARRAY(SELECT said.job_id FROM said))
        RETURNING j.id, s.attempt_id, j.worker_id, j.claimed_at, s.failure_class, s.error,
            CASE WHEN j.state = 'held' THEN 'snooze'
                WHEN j.state IN ('available', 'waiting') THEN s.outcome ELSE j.state END
                AS outcome,
            j.attempt + CASE WHEN s.outcome IN ('snooze', 'interrupt', 'wait', 'hold')
                AND j.state IN ('available', 'waiting', 'held') THEN 1 ELSE 0 END AS attempt
    )
    SELECT array_agg(ROW(
        f.attempt_id, f.id, f.attempt, f.worker_id, f.claimed_at, NULL, f.outcome, f.failure_class,
        f.error, 0, 0, 0, 0, NULL, NULL, NULL)::job_attempts)
    INTO ended FROM fenced f;

    IF ended IS NOT NULL THEN
        IF EXISTS (SELECT FROM unnest(ended) AS e WHERE e.outcome = 'wait') THEN
            PERFORM begin_waits(ended);
        END IF;
        PERFORM close_attempts(ended);
        PERFORM record_finished_jobs(
            ARRAY(SELECT e.job_id FROM unnest(ended) AS e ORDER BY 1), settlements,
            ARRAY(SELECT e.attempt_id FROM unnest(ended) AS e));
        PERFORM purge_journals(ARRAY(SELECT e.job_id FROM unnest(ended) AS e));
    END IF;

    RETURN QUERY
    SELECT s.attempt_id,
        CASE WHEN e.attempt_id IS NOT NULL THEN 'done'
            WHEN a.failure_class IS DISTINCT FROM 'crash' AND a.attempt_id IS NOT NULL
                THEN 'already'
            ELSE 'lost' END,
        a.total_tokens
    FROM jsonb_to_recordset(settlements) AS s(attempt_id uuid)
    LEFT JOIN unnest(ended) AS e ON e.attempt_id = s.attempt_id
    LEFT JOIN job_attempts a ON a.attempt_id = s.attempt_id;
END $$;

-- Makes held jobs available whose hold is over; answers how many. Called by maintenance until it answers less than max_jobs.
CREATE OR REPLACE FUNCTION wake_held_jobs(max_jobs integer DEFAULT 100)
RETURNS bigint LANGUAGE sql SET jit = off AS $$
    WITH due AS MATERIALIZED (
        SELECT j.id FROM jobs j
        WHERE j.state = 'held' AND j.hold_until <= clock_timestamp()
        ORDER BY j.hold_until LIMIT max_jobs
        FOR UPDATE SKIP LOCKED
    ), woken AS (
        UPDATE jobs j SET state = 'available', hold_key = NULL, hold_reason = NULL, hold_until = NULL
        WHERE j.id = ANY (ARRAY(SELECT due.id FROM due))
        RETURNING 1
    )
    SELECT count(*) FROM woken
$$;

-- Functions that name tables keep to this schema, whatever the caller's search_path.
DO $$
DECLARE
    signature regprocedure;
BEGIN
    FOR signature IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = current_schema()::regnamespace
            AND p.proname IN ('settle_jobs', 'wake_held_jobs')
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path TO %I, pg_temp', signature, current_schema());
    END LOOP;
END $$;

INSERT INTO agent_worker_migrations (version, name) VALUES (8, '0008_holds')
ON CONFLICT DO NOTHING;
