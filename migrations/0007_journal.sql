-- The journal: what a run has paid for and done, so that a later attempt of its job goes on from there (DESIGN 7), and the waits for
-- something from outside. It holds content, so it goes with the job's final settlement unless its worker keeps it.
SELECT pg_advisory_xact_lock(hashtextextended('agent-worker migrations', 0));
SET LOCAL lock_timeout = '5s';

CREATE TABLE IF NOT EXISTS run_steps (
    execution_id uuid        NOT NULL,
    -- deterministic: `fetch`, `each[2].classify`, `iteration1`, `iteration1.call2`
    step_key     text        NOT NULL,
    kind         text        NOT NULL,
    -- of the request: a changed one under the same key is a new call, and a divergence
    fingerprint  text        NOT NULL,
    effect       text        NOT NULL DEFAULT 'none',
    -- who wrote the row last
    attempt_id   uuid        NOT NULL,
    status       text        NOT NULL,
    -- json, not jsonb: what is replayed must be the same text again, order of members included, for it goes into the next request. Of an
    -- event: the answer, and while it waits the responses so far.
    output       json,
    usage        jsonb,
    -- of an event: what whoever answers gets to see
    request      jsonb,
    wait_until   timestamptz,
    error        text,
    divergences  integer     NOT NULL DEFAULT 0,
    -- how long it is kept after the job's end; 0: purged with the final settlement
    retention_s  integer     NOT NULL DEFAULT 0,
    keep_until   timestamptz,
    started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at     timestamptz,
    PRIMARY KEY (execution_id, step_key),
    CONSTRAINT "run_steps.kind must be one the journal knows" CHECK (
        kind IN ('model', 'tool', 'step', 'delay', 'event')),
    -- claimed -> done | unknown | (withdrawn: deleted); waiting -> done; done is written at once by what needs no claim
    CONSTRAINT "run_steps.status must be one the journal knows" CHECK (
        status IN ('claimed', 'done', 'unknown', 'waiting')),
    CONSTRAINT "run_steps.effect must be one the journal knows" CHECK (
        effect IN ('none', 'idempotent', 'once')),
    CONSTRAINT "only events wait" CHECK (status <> 'waiting' OR kind = 'event'),
    CONSTRAINT "done has an output" CHECK (status <> 'done' OR output IS NOT NULL)
) WITH (
    -- Written once, read once, deleted soon.
    autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0
);

CREATE INDEX IF NOT EXISTS run_steps_keep_until ON run_steps (keep_until)
    WHERE keep_until IS NOT NULL;
CREATE INDEX IF NOT EXISTS jobs_wait_until ON jobs (wait_until) WHERE state = 'waiting';

-- Removes the journals of those of these jobs that ended for good, and dates what is to be kept.
CREATE OR REPLACE FUNCTION purge_journals(job_ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    ended uuid[] := ARRAY(
        SELECT j.execution_id FROM jobs j
        WHERE j.id = ANY (job_ids) AND j.finished_at IS NOT NULL);
BEGIN
    DELETE FROM run_steps r WHERE r.execution_id = ANY (ended) AND r.retention_s = 0;
    UPDATE run_steps r
    SET keep_until = clock_timestamp() + make_interval(secs => r.retention_s)
    WHERE r.execution_id = ANY (ended) AND r.keep_until IS NULL;
END $$;

-- Removes journals whose time is over; answers how many rows. Called by maintenance until it answers less than max_rows.
CREATE OR REPLACE FUNCTION prune_journals(max_rows integer DEFAULT 1000)
RETURNS bigint LANGUAGE sql SET jit = off AS $$
    WITH old AS MATERIALIZED (
        SELECT r.execution_id, r.step_key FROM run_steps r
        WHERE r.keep_until < clock_timestamp() ORDER BY r.keep_until LIMIT max_rows
        FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM run_steps r USING old
        WHERE r.execution_id = old.execution_id AND r.step_key = old.step_key RETURNING 1
    )
    SELECT count(*) FROM gone
$$;

-- The state an outcome leads to. A cancel that was asked for meanwhile wins over running again and over waiting.
CREATE OR REPLACE FUNCTION settled_state(outcome text, cancel_requested_at timestamptz)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN outcome NOT IN ('retry', 'snooze', 'interrupt', 'wait') THEN outcome
        WHEN cancel_requested_at IS NOT NULL THEN 'cancelled'
        WHEN outcome = 'wait' THEN 'waiting'
        ELSE 'available'
    END
$$;

-- Writes the ledger rows of attempts that just ended, with the tokens known by then; a call still pending becomes unknown,
-- and so does a claimed step that was not finished.
CREATE OR REPLACE FUNCTION close_attempts(ended job_attempts[]) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    UPDATE token_usage u SET status = 'unknown'
    WHERE u.attempt_id = ANY (ARRAY(SELECT e.attempt_id FROM unnest(ended) AS e))
        AND u.status = 'pending';
    UPDATE run_steps r SET status = 'unknown', ended_at = clock_timestamp()
    WHERE r.execution_id = ANY (ARRAY(
            SELECT j.execution_id FROM jobs j
            WHERE j.id = ANY (ARRAY(SELECT e.job_id FROM unnest(ended) AS e))))
        AND r.attempt_id = ANY (ARRAY(SELECT e.attempt_id FROM unnest(ended) AS e))
        AND r.status = 'claimed';
    INSERT INTO job_attempts (
        attempt_id, job_id, attempt, worker_id, started_at, outcome, failure_class, error,
        input_tokens, output_tokens, cached_tokens, total_tokens, cost_usd, model, provider)
    SELECT e.attempt_id, e.job_id, e.attempt, e.worker_id, e.started_at, e.outcome,
        e.failure_class, e.error, used.input, used.output, used.cached, used.total, used.cost,
        used.model, used.provider
    FROM unnest(ended) AS e
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(u.input_tokens), 0) AS input,
            coalesce(sum(u.output_tokens), 0) AS output,
            coalesce(sum(u.cached_tokens), 0) AS cached,
            coalesce(sum(u.total_tokens), 0) AS total, sum(u.cost_usd) AS cost,
            (array_agg(u.model_name ORDER BY u.created_at DESC))[1] AS model,
            (array_agg(u.provider ORDER BY u.created_at DESC))[1] AS provider
        FROM token_usage u WHERE u.attempt_id = e.attempt_id) AS used
    ORDER BY e.attempt_id;
END $$;

-- Gives jobs that just began to wait the time at which the first of their waits is over. An answer that came while the attempt still ran
-- would never wake its job: such a job is available at once. The caller has the jobs locked, and so has approve_job before it answers:
-- an answer is seen here, or finds the job waiting. That is why it takes a statement of its own after the lock, with a new snapshot.
CREATE OR REPLACE FUNCTION begin_waits(ended job_attempts[]) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    UPDATE jobs j SET
        state = CASE WHEN event.answered THEN 'available' ELSE j.state END,
        run_at = CASE WHEN event.answered THEN clock_timestamp() ELSE j.run_at END,
        wait_until = CASE WHEN event.answered THEN NULL ELSE event.wait_until END
    FROM unnest(ended) AS e
    CROSS JOIN LATERAL (
        SELECT coalesce(bool_or(r.status = 'done' AND r.ended_at >= e.started_at), false)
                AS answered,
            min(r.wait_until) FILTER (WHERE r.status = 'waiting') AS wait_until
        FROM jobs waiting
        JOIN run_steps r ON r.execution_id = waiting.execution_id AND r.kind = 'event'
        WHERE waiting.id = e.job_id) AS event
    WHERE e.outcome = 'wait' AND j.id = e.job_id
        AND j.id = ANY (ARRAY(SELECT said.job_id FROM unnest(ended) AS said));
END $$;

-- What an attempt finds when it comes to a wait: opens the wait when it is new or asks for something else than then (an answer to another
-- request is no answer to this one), and ends it when its time is over. held is false when the attempt is no longer the caller's.
CREATE OR REPLACE FUNCTION await_event(
    job bigint, attempt uuid, execution uuid, key text, fingerprint text, request jsonb,
    timeout_s double precision, retention_s integer
) RETURNS TABLE (held boolean, status text, output json, wait_until timestamptz, diverged boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    wait run_steps;
BEGIN
    PERFORM FROM jobs j WHERE j.id = job AND j.attempt_id = await_event.attempt FOR SHARE;
    held := FOUND;
    IF NOT held THEN
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT r.* INTO wait FROM run_steps r
    WHERE r.execution_id = execution AND r.step_key = key FOR UPDATE;
    diverged := coalesce(wait.fingerprint <> await_event.fingerprint, false);
    IF wait.step_key IS NULL OR diverged THEN
        INSERT INTO run_steps AS old (
            execution_id, step_key, kind, fingerprint, attempt_id, status, request, wait_until,
            retention_s)
        VALUES (
            execution, key, 'event', await_event.fingerprint, await_event.attempt, 'waiting',
            await_event.request,
            clock_timestamp() + make_interval(secs => await_event.timeout_s),
            await_event.retention_s)
        ON CONFLICT (execution_id, step_key) DO UPDATE SET
            kind = excluded.kind, fingerprint = excluded.fingerprint,
            attempt_id = excluded.attempt_id, status = excluded.status, output = NULL,
            request = excluded.request, wait_until = excluded.wait_until,
            divergences = old.divergences + 1, started_at = clock_timestamp(), ended_at = NULL
        RETURNING * INTO wait;
    ELSIF wait.status = 'waiting' AND wait.wait_until <= clock_timestamp() THEN
        UPDATE run_steps r SET
            status = 'done', ended_at = clock_timestamp(),
            output = json_build_object('decision', 'timeout',
                'responses', coalesce(r.output -> 'responses', '[]'),
                'answeredAt', clock_timestamp())
        WHERE r.execution_id = execution AND r.step_key = key
        RETURNING r.* INTO wait;
    END IF;
    status := wait.status;
    output := wait.output;
    wait_until := wait.wait_until;
    RETURN NEXT;
END $$;

-- Wakes jobs whose wait is over; the event's answer is then {"decision": "timeout"}, and what follows from it is the workflow's to say.
CREATE OR REPLACE FUNCTION wake_waiting_jobs(max_jobs integer DEFAULT 100)
RETURNS TABLE (job_id bigint) LANGUAGE plpgsql SET jit = off AS $$
#variable_conflict use_column
DECLARE
    due bigint[] := ARRAY(
        SELECT j.id FROM jobs j
        WHERE j.state = 'waiting' AND j.wait_until <= clock_timestamp()
        ORDER BY j.wait_until LIMIT max_jobs
        FOR UPDATE SKIP LOCKED);
BEGIN
    IF cardinality(due) = 0 THEN
        RETURN;
    END IF;
    UPDATE run_steps r SET
        status = 'done', ended_at = clock_timestamp(),
        output = json_build_object('decision', 'timeout',
            'responses', coalesce(r.output -> 'responses', '[]'),
            'answeredAt', clock_timestamp())
    WHERE r.execution_id = ANY (ARRAY(SELECT j.execution_id FROM jobs j WHERE j.id = ANY (due)))
        AND r.kind = 'event' AND r.status = 'waiting' AND r.wait_until <= clock_timestamp();
    RETURN QUERY
    UPDATE jobs j SET state = 'available', run_at = clock_timestamp(), wait_until = NULL
    WHERE j.id = ANY (due)
    RETURNING j.id;
    PERFORM pg_notify('agent_worker_jobs', '');
END $$;

-- Answers what a job waits for, and lets it go on. decision: approve or reject. When a job waits for several things at once, event names
-- the one that is meant (run_steps.step_key); content is for those that ask for more than a decision. The event's request says who may
-- answer (approvers) and how many must (approvalType any, all, majority = half of them or more).
--
-- Returns: resumed; answered (the job still runs and goes on by itself); recorded, 1 of 3 (others must answer too); not waiting;
-- timed out; already completed, failed or cancelled; not found.
CREATE OR REPLACE FUNCTION approve_job(
    id bigint, approver text, decision text, comment text DEFAULT NULL, event text DEFAULT NULL,
    content jsonb DEFAULT NULL
) RETURNS text LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    job jobs;
    waits run_steps[];
    wait run_steps;
    approvers text[];
    responses jsonb;
    approvals integer;
    verdict text;
BEGIN
    IF approve_job.decision IS NULL OR approve_job.decision NOT IN ('approve', 'reject') THEN
        RAISE EXCEPTION 'decision must be approve or reject, not %', approve_job.decision
            USING ERRCODE = '22023';
    ELSIF btrim(coalesce(approve_job.approver, '')) = '' THEN
        RAISE EXCEPTION 'approver must name who decided' USING ERRCODE = '22023';
    END IF;
    SELECT j.* INTO job FROM jobs j WHERE j.id = approve_job.id FOR UPDATE;
    IF job.id IS NULL THEN
        RETURN 'not found';
    ELSIF job.finished_at IS NOT NULL THEN
        RETURN 'already ' || job.state;
    END IF;
    waits := ARRAY(
        SELECT r FROM run_steps r
        WHERE r.execution_id = job.execution_id AND r.kind = 'event' AND r.status = 'waiting'
            -- a long delay waits for nobody
            AND r.request ->> 'kind' IS DISTINCT FROM 'delay'
            AND (approve_job.event IS NULL OR r.step_key = approve_job.event)
        ORDER BY r.started_at, r.step_key);
    IF cardinality(waits) > 1 THEN
        RAISE EXCEPTION 'job % waits for several events: %', job.id,
            (SELECT string_agg(w.step_key, ', ') FROM unnest(waits) AS w)
            USING ERRCODE = '22023', HINT = 'Name the one that is meant.';
    END IF;
    wait := waits[1];
    IF wait.step_key IS NULL THEN
        RETURN 'not waiting';
    ELSIF wait.wait_until <= clock_timestamp() THEN
        RETURN 'timed out';
    END IF;

    IF jsonb_typeof(wait.request -> 'approvers') = 'array' THEN
        approvers := ARRAY(
            SELECT DISTINCT jsonb_array_elements_text(wait.request -> 'approvers') ORDER BY 1);
    END IF;
    responses := coalesce(wait.output -> 'responses', '[]');
    IF cardinality(approvers) > 0 AND approve_job.approver <> ALL (approvers) THEN
        RAISE EXCEPTION '% is not among those who may answer: %', approve_job.approver,
            array_to_string(approvers, ', ') USING ERRCODE = '22023';
    ELSIF responses @> jsonb_build_array(jsonb_build_object('approver', approve_job.approver)) THEN
        RAISE EXCEPTION '% has answered already', approve_job.approver USING ERRCODE = '22023';
    ELSIF wait.request -> 'requireComment' = 'true'
        AND btrim(coalesce(approve_job.comment, '')) = '' THEN
        RAISE EXCEPTION 'a comment is required' USING ERRCODE = '22023';
    END IF;
    responses := responses || jsonb_build_object('approver', approve_job.approver,
        'decision', approve_job.decision, 'comment', approve_job.comment,
        'respondedAt', clock_timestamp());

    SELECT count(*) INTO approvals FROM jsonb_array_elements(responses) AS response
    WHERE response ->> 'decision' = 'approve';
    verdict := CASE
        WHEN coalesce(cardinality(approvers), 0) < 2
            OR coalesce(wait.request ->> 'approvalType', 'any') NOT IN ('all', 'majority')
            THEN approve_job.decision
        WHEN wait.request ->> 'approvalType' = 'all' THEN CASE
            WHEN approve_job.decision = 'reject' THEN 'reject'
            WHEN approvals = cardinality(approvers) THEN 'approve' END
        WHEN approvals >= (cardinality(approvers) + 1) / 2 THEN 'approve'
        -- those who have not answered could no longer turn it
        WHEN cardinality(approvers) - (jsonb_array_length(responses) - approvals)
            < (cardinality(approvers) + 1) / 2 THEN 'reject'
    END;
    UPDATE run_steps r SET
        status = CASE WHEN verdict IS NULL THEN 'waiting' ELSE 'done' END,
        ended_at = CASE WHEN verdict IS NOT NULL THEN clock_timestamp() END,
        output = CASE
            WHEN verdict IS NULL THEN json_build_object('responses', responses)
            ELSE json_build_object('decision', verdict, 'approver', approve_job.approver,
                'comment', approve_job.comment, 'content', approve_job.content,
                'responses', responses, 'answeredAt', clock_timestamp()) END
    WHERE r.execution_id = job.execution_id AND r.step_key = wait.step_key;
    IF verdict IS NULL THEN
        RETURN format('recorded, %s of %s', jsonb_array_length(responses), cardinality(approvers));
    ELSIF job.state <> 'waiting' THEN
        RETURN 'answered';
    END IF;
    UPDATE jobs j SET state = 'available', run_at = clock_timestamp(), wait_until = NULL
    WHERE j.id = job.id;
    -- Rare, so that nobody needs the right to see whether a worker sleeps.
    PERFORM pg_notify('agent_worker_jobs', '');
    RETURN 'resumed';
END $$;

-- Ends attempts by the word of their worker: an array of {"job_id","attempt_id","outcome","delay_ms","failure_class","error","output",
-- "run","generation"}. Fenced by attempt_id alone: leaving `running` clears it, so a state test is implied, and naming the state would
-- invite a plan that drives from the small index of running jobs. Each attempt is answered `done`, `already` (settled before: the
-- acknowledgement was lost) or `lost` (the job was taken back; nothing is recorded).
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
            error text, output jsonb)
    ), fenced AS (
        UPDATE jobs j SET
            state = settled_state(s.outcome, j.cancel_requested_at),
            finished_at = CASE
                WHEN settled_state(s.outcome, j.cancel_requested_at) NOT IN ('available', 'waiting')
                THEN clock_timestamp() END,
            attempt_id = NULL,
            -- given back: the provider, the operator or a wait ended this attempt, not the job
            attempt = j.attempt - CASE WHEN s.outcome IN ('snooze', 'interrupt', 'wait')
                AND j.cancel_requested_at IS NULL THEN 1 ELSE 0 END,
            snoozes = j.snoozes + CASE WHEN s.outcome = 'snooze' THEN 1 ELSE 0 END,
            run_at = CASE WHEN s.outcome IN ('retry', 'snooze')
                THEN clock_timestamp() + make_interval(secs => coalesce(s.delay_ms, 0) / 1000.0)
                ELSE j.run_at END,
            output = coalesce(s.output, j.output),
            last_error = coalesce(s.error, j.last_error)
        FROM said s
        WHERE j.id = s.job_id AND j.attempt_id = s.attempt_id
            -- an index scan under any plan mode, where the join alone may scan the table
            AND j.id = ANY (ARRAY(SELECT said.job_id FROM said))
        RETURNING j.id, s.attempt_id, j.worker_id, j.claimed_at, s.failure_class, s.error,
            CASE WHEN j.state IN ('available', 'waiting') THEN s.outcome ELSE j.state END
                AS outcome,
            j.attempt + CASE WHEN s.outcome IN ('snooze', 'interrupt', 'wait')
                AND j.state IN ('available', 'waiting') THEN 1 ELSE 0 END AS attempt
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

-- Takes back one job that its caller holds locked, with everything its end leaves behind; answers the job's new state.
CREATE OR REPLACE FUNCTION take_back_job(job bigint, reason text)
RETURNS text LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    old jobs;
    ended job_attempts;
    next_state text;
BEGIN
    SELECT j.* INTO old FROM jobs j WHERE j.id = job;
    next_state := CASE WHEN old.cancel_requested_at IS NOT NULL THEN 'cancelled'
        WHEN old.attempt >= old.max_attempts THEN 'failed' ELSE 'available' END;
    UPDATE jobs j SET
        state = next_state,
        finished_at = CASE WHEN next_state <> 'available' THEN clock_timestamp() END,
        attempt_id = NULL, run_at = clock_timestamp(),
        last_error = format('%s during attempt %s of %s', reason, old.attempt, old.max_attempts)
    WHERE j.id = job
    RETURNING j.last_error INTO ended.error;
    ended.attempt_id := old.attempt_id;
    ended.job_id := old.id;
    ended.attempt := old.attempt;
    ended.worker_id := old.worker_id;
    ended.started_at := old.claimed_at;
    ended.outcome := CASE next_state WHEN 'available' THEN 'retry' ELSE next_state END;
    ended.failure_class := 'crash';
    PERFORM close_attempts(ARRAY[ended]);
    PERFORM record_finished_jobs(ARRAY[job], '[]');
    PERFORM purge_journals(ARRAY[job]);
    RETURN next_state;
END $$;

-- Cancels a job: at once when it does not run; a running one is told through its worker's heartbeat.
-- Answers: cancelled, cancelling, or why not.
CREATE OR REPLACE FUNCTION cancel_job(id bigint) RETURNS text LANGUAGE plpgsql SET jit = off AS $$
#variable_conflict use_column
DECLARE
    job jobs;
BEGIN
    SELECT j.* INTO job FROM jobs j WHERE j.id = cancel_job.id FOR UPDATE;
    IF job.id IS NULL THEN
        RETURN 'not found';
    ELSIF job.finished_at IS NOT NULL THEN
        RETURN 'already ' || job.state;
    ELSIF job.state = 'running' THEN
        UPDATE jobs j SET cancel_requested_at = coalesce(j.cancel_requested_at, clock_timestamp())
        WHERE j.id = job.id;
        PERFORM pg_notify('agent_worker_cancel', job.worker_id::text);
        RETURN 'cancelling';
    END IF;
    UPDATE jobs j SET
        state = 'cancelled', finished_at = clock_timestamp(), wait_until = NULL,
        cancel_requested_at = coalesce(j.cancel_requested_at, clock_timestamp())
    WHERE j.id = job.id;
    PERFORM record_finished_jobs(ARRAY[job.id], '[]');
    PERFORM purge_journals(ARRAY[job.id]);
    RETURN 'cancelled';
END $$;

-- Says why a job is where it is, in one line.
CREATE OR REPLACE FUNCTION why_job(id bigint) RETURNS text LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    job jobs;
    holder workers;
    served boolean;
    ahead bigint;
BEGIN
    SELECT j.* INTO job FROM jobs j WHERE j.id = why_job.id;
    IF job.id IS NULL THEN
        RETURN 'there is no such job';
    ELSIF job.state = 'completed' THEN
        RETURN format('completed at %s', job.finished_at);
    ELSIF job.state = 'failed' THEN
        RETURN format('failed at %s after %s attempts: %s', job.finished_at, job.attempt,
            coalesce(job.last_error, 'no error was recorded'));
    ELSIF job.state = 'cancelled' THEN
        RETURN format('cancelled at %s', job.finished_at);
    ELSIF job.state = 'held' THEN
        RETURN format('held until %s: %s', coalesce(job.hold_until::text, 'released'),
            job.hold_reason);
    ELSIF job.state = 'waiting' THEN
        RETURN format('waiting for %s until %s', coalesce((
                SELECT string_agg(
                    concat_ws(' ', r.request ->> 'kind', quote_literal(r.step_key),
                        '(' || nullif(r.request ->> 'title', '') || ')'), ', '
                    ORDER BY r.started_at, r.step_key)
                FROM run_steps r
                WHERE r.execution_id = job.execution_id AND r.kind = 'event'
                    AND r.status = 'waiting'), 'an external event'),
            coalesce(job.wait_until::text, 'it comes'));
    ELSIF job.state = 'running' THEN
        SELECT w.* INTO holder FROM workers w WHERE w.id = job.worker_id;
        IF holder.id IS NULL THEN
            RETURN format('running on worker %s, which is gone: the next rescue takes it back',
                job.worker_id);
        ELSIF holder.heartbeat_at + make_interval(secs => holder.lease_s) < clock_timestamp() THEN
            RETURN format(
                'running on worker %s (%s, pid %s), which stopped beating at %s: the next rescue takes it back',
                holder.id, holder.host, holder.pid, holder.heartbeat_at);
        END IF;
        RETURN format('running since %s on worker %s (%s, pid %s), attempt %s of %s%s',
            job.claimed_at, holder.id, holder.host, holder.pid, job.attempt, job.max_attempts,
            CASE WHEN job.cancel_requested_at IS NOT NULL THEN ', cancel requested' ELSE '' END);
    ELSIF job.run_at > clock_timestamp() THEN
        RETURN format('not due until %s%s', job.run_at,
            coalesce(format(' (attempt %s of %s ended with: %s)', job.attempt, job.max_attempts,
                job.last_error), ''));
    END IF;
    SELECT count(*) > 0 INTO served FROM workers w
    WHERE w.heartbeat_at + make_interval(secs => w.lease_s) >= clock_timestamp()
        AND job.queue = ANY (w.queues) AND job.kind = ANY (w.kinds);
    IF NOT served THEN
        RETURN format('nobody handles it: no live worker serves queue "%s" and kind "%s"',
            job.queue, job.kind);
    END IF;
    SELECT count(*) INTO ahead FROM (
        SELECT FROM jobs j
        WHERE j.state = 'available' AND j.queue = job.queue AND j.run_at <= clock_timestamp()
            AND (j.priority, j.run_at, j.id) < (job.priority, job.run_at, job.id)
        LIMIT 1000) AS first;
    RETURN format('due since %s, %s%s jobs are before it in queue "%s"', job.run_at, ahead,
        CASE WHEN ahead = 1000 THEN ' or more' ELSE '' END, job.queue);
END $$;

-- The invariants of 0006, and what the journal adds to them.
CREATE OR REPLACE VIEW invariant_violations AS
-- I1 running has its attempt, worker and claim; final states have finished_at
SELECT 'I1' AS invariant, 'job ' || j.id AS subject,
    format('state %s, attempt_id %s, worker_id %s, claimed_at %s, finished_at %s', j.state,
        j.attempt_id, j.worker_id, j.claimed_at, j.finished_at) AS detail
FROM jobs j
WHERE (j.state = 'running'
        AND (j.attempt_id IS NULL OR j.worker_id IS NULL OR j.claimed_at IS NULL))
    OR (j.state IN ('completed', 'failed', 'cancelled')) <> (j.finished_at IS NOT NULL)
UNION ALL
-- I2 leaving running clears the attempt
SELECT 'I2', 'job ' || j.id, format('state %s still has attempt %s', j.state, j.attempt_id)
FROM jobs j WHERE j.attempt_id IS NOT NULL AND j.state <> 'running'
UNION ALL
-- I3 an attempt is settled at most once: one that runs is not in the ledger
SELECT 'I3', 'attempt ' || a.attempt_id, format('settled as %s, yet job %s runs it', a.outcome, j.id)
FROM jobs j JOIN job_attempts a ON a.attempt_id = j.attempt_id
UNION ALL
-- I3 every claim that counts is in the ledger, once
SELECT 'I3', 'job ' || j.id,
    format('counts %s attempts, the ledger has %s', j.attempt, ended.counted)
FROM jobs j
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE a.outcome NOT IN ('snooze', 'interrupt', 'wait')) AS counted
    FROM job_attempts a WHERE a.job_id = j.id) AS ended
WHERE j.attempt <> ended.counted + CASE WHEN j.state = 'running' THEN 1 ELSE 0 END
UNION ALL
-- I4 a job that ran and ended has the ledger row that says so
SELECT 'I4', 'job ' || j.id, format('%s without a ledger row', j.state)
FROM jobs j
WHERE j.state IN ('completed', 'failed')
    AND NOT EXISTS (
        SELECT FROM job_attempts a WHERE a.job_id = j.id AND a.outcome = j.state)
UNION ALL
-- I5 exactly one execution and one log row of a finished agent run
SELECT 'I5', 'job ' || j.id,
    format('%s %s job has %s agent_executions and %s agent_logs rows', j.state, j.kind,
        executions.n, logs.n)
FROM jobs j
CROSS JOIN LATERAL (SELECT count(*) AS n FROM agent_executions e WHERE e.id = j.execution_id)
    AS executions
CROSS JOIN LATERAL (SELECT count(*) AS n FROM agent_logs l WHERE l.execution_id = j.execution_id)
    AS logs
WHERE j.kind IN ('agentkit', 'orchestrator')
    AND (executions.n, logs.n) IS DISTINCT FROM (
        CASE WHEN j.finished_at IS NOT NULL
                AND EXISTS (SELECT FROM job_attempts a WHERE a.job_id = j.id)
            THEN (1::bigint, 1::bigint) ELSE (0::bigint, 0::bigint) END)
UNION ALL
-- I5 exactly one completed generation log of a finished generation
SELECT 'I5', 'job ' || j.id, format('%s generation job without a completed log', j.state)
FROM jobs j
WHERE j.kind = 'generation' AND j.finished_at IS NOT NULL
    AND EXISTS (SELECT FROM job_attempts a WHERE a.job_id = j.id)
    AND NOT EXISTS (
        SELECT FROM agent_generation_logs g
        WHERE g.id = j.execution_id::text AND g.completed_at IS NOT NULL
            AND g.success = (j.state = 'completed'))
UNION ALL
SELECT 'I5', 'generation log ' || g.id, format('completed while job %s is %s', j.id, j.state)
FROM agent_generation_logs g JOIN jobs j ON j.execution_id::text = g.id
WHERE g.completed_at IS NOT NULL AND j.finished_at IS NULL
UNION ALL
-- I5 the counters equal the rows they count
SELECT 'I5', format('agent %s of user %s', counted.agent_id, counted.user_id),
    format('agent_stats says %s runs, %s successes; agent_executions %s, %s',
        coalesce(s.run_count, 0), coalesce(s.success_count, 0), counted.runs, counted.successes)
FROM (
    SELECT e.agent_id, e.user_id, count(*) AS runs,
        count(*) FILTER (WHERE e.status = 'completed') AS successes
    FROM agent_executions e WHERE e.status IN ('completed', 'failed')
    GROUP BY e.agent_id, e.user_id) AS counted
LEFT JOIN agent_stats s ON s.agent_id = counted.agent_id AND s.user_id = counted.user_id
WHERE (coalesce(s.run_count, 0), coalesce(s.success_count, 0))
    IS DISTINCT FROM (counted.runs, counted.successes)
UNION ALL
SELECT 'I5', 'agent ' || counted.agent_id,
    format('agent_intensity_metrics counts %s executions, agent_executions has %s',
        coalesce(m.total_executions, 0), counted.runs)
FROM (
    SELECT e.agent_id, count(*) AS runs
    FROM agent_executions e WHERE e.status IN ('completed', 'failed') GROUP BY e.agent_id) AS counted
LEFT JOIN agent_intensity_metrics m ON m.agent_id = counted.agent_id
WHERE coalesce(m.total_executions, 0) <> counted.runs
UNION ALL
-- I8 no job is claimed beyond its limit
SELECT 'I8', 'job ' || j.id, format('%s attempts of %s', j.attempt, j.max_attempts)
FROM jobs j WHERE j.attempt > j.max_attempts
UNION ALL
-- I9 a call of an ended attempt has an outcome, if only `unknown`
SELECT 'I9', 'token_usage ' || u.id, format('pending though attempt %s ended', u.attempt_id)
FROM token_usage u JOIN job_attempts a ON a.attempt_id = u.attempt_id
WHERE u.status = 'pending'
UNION ALL
-- I8 a job that waits has something that can end its wait
SELECT 'I8', 'job ' || j.id, 'waiting, yet no event of its journal is open'
FROM jobs j
WHERE j.state = 'waiting' AND NOT EXISTS (
    SELECT FROM run_steps r
    WHERE r.execution_id = j.execution_id AND r.kind = 'event' AND r.status = 'waiting')
UNION ALL
-- I9 a claimed step of an ended attempt has an outcome, if only `unknown`
SELECT 'I9', format('run_steps %s of execution %s', r.step_key, r.execution_id),
    format('claimed though attempt %s ended', r.attempt_id)
FROM run_steps r JOIN job_attempts a ON a.attempt_id = r.attempt_id
WHERE r.status = 'claimed'
UNION ALL
-- I9 no journal outlives its job's end without a date
SELECT 'I9', format('run_steps %s of job %s', r.step_key, j.id),
    format('kept without a date though the job is %s', j.state)
FROM run_steps r JOIN jobs j ON j.execution_id = r.execution_id
WHERE j.finished_at IS NOT NULL AND r.keep_until IS NULL;

-- Functions that name tables keep to this schema, whatever the caller's search_path.
DO $$
DECLARE
    signature regprocedure;
BEGIN
    FOR signature IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = current_schema()::regnamespace
            AND p.proname IN (
                'purge_journals', 'prune_journals', 'begin_waits', 'await_event',
                'wake_waiting_jobs', 'approve_job',
                'close_attempts', 'settle_jobs', 'take_back_job', 'cancel_job', 'why_job')
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path TO %I, pg_temp', signature, current_schema());
    END LOOP;
END $$;

INSERT INTO agent_worker_migrations (version, name) VALUES (7, '0007_journal')
ON CONFLICT DO NOTHING;
