-- The queue's verbs for upstream applications in any language. Arguments have names and defaults, so that callers survive additions.
SELECT pg_advisory_xact_lock(hashtextextended('agent-worker migrations', 0));

-- Enqueues a job and returns its id; when unique_key is taken, the id of the job that has it.
CREATE OR REPLACE FUNCTION enqueue_job(
    kind text,
    payload jsonb DEFAULT '{}',
    user_id text DEFAULT NULL,
    agent_id uuid DEFAULT NULL,
    queue text DEFAULT 'default',
    priority integer DEFAULT 0,
    run_at timestamptz DEFAULT NULL,
    max_attempts integer DEFAULT 3,
    timeout_s integer DEFAULT NULL,
    unique_key text DEFAULT NULL,
    execution_type text DEFAULT 'manual',
    trace_context text DEFAULT NULL
) RETURNS bigint LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    enqueued bigint;
BEGIN
    -- The job that has the key may end between the two statements: ask again, a bounded number of times (I8).
    FOR round IN 1..10 LOOP
        INSERT INTO jobs (
            kind, payload, user_id, agent_id, queue, priority, run_at, max_attempts, timeout_s,
            unique_key, execution_type, trace_context)
        VALUES (
            enqueue_job.kind, enqueue_job.payload, enqueue_job.user_id, enqueue_job.agent_id,
            enqueue_job.queue, enqueue_job.priority, coalesce(enqueue_job.run_at, now()),
            enqueue_job.max_attempts, enqueue_job.timeout_s, enqueue_job.unique_key,
            enqueue_job.execution_type, enqueue_job.trace_context)
        ON CONFLICT (unique_key)
            WHERE unique_key IS NOT NULL AND state NOT IN ('failed', 'cancelled') DO NOTHING
        RETURNING id INTO enqueued;
        IF enqueued IS NULL THEN
            SELECT j.id INTO enqueued FROM jobs j
            WHERE j.unique_key = enqueue_job.unique_key
                AND j.state NOT IN ('failed', 'cancelled');
        END IF;
        IF enqueued IS NOT NULL THEN
            RETURN enqueued;
        END IF;
    END LOOP;
    RAISE EXCEPTION 'unique_key % changed hands ten times while enqueueing', enqueue_job.unique_key
        USING ERRCODE = '40001', HINT = 'Try again.';
END $$;

-- Enqueues a copy of a finished job under a new execution_id and returns the copy's id.
CREATE OR REPLACE FUNCTION retry_job(id bigint) RETURNS text LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    old jobs;
    copy bigint;
BEGIN
    SELECT j.* INTO old FROM jobs j WHERE j.id = retry_job.id;
    IF old.id IS NULL THEN
        RAISE EXCEPTION 'job % does not exist', retry_job.id USING ERRCODE = '22023';
    END IF;
    IF old.finished_at IS NULL THEN
        RAISE EXCEPTION 'job % is %, only a finished job can be retried', old.id, old.state
            USING ERRCODE = '22023', HINT = 'Cancel it first, or wait for its end.';
    END IF;
    -- A completed job keeps its unique_key: the copy goes without one.
    INSERT INTO jobs (
        queue, kind, priority, payload, user_id, agent_id, execution_type, max_attempts, timeout_s,
        unique_key, trace_context, retry_of)
    VALUES (
        old.queue, old.kind, old.priority, old.payload, old.user_id, old.agent_id,
        old.execution_type, old.max_attempts, old.timeout_s,
        CASE WHEN old.state <> 'completed' THEN old.unique_key END, old.trace_context, old.id)
    ON CONFLICT (unique_key)
        WHERE unique_key IS NOT NULL AND state NOT IN ('failed', 'cancelled') DO NOTHING
    RETURNING id INTO copy;
    IF copy IS NULL THEN
        RAISE EXCEPTION 'another job has the unique_key of job %', old.id USING ERRCODE = '23505';
    END IF;
    RETURN copy::text;
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
        state = 'cancelled', finished_at = clock_timestamp(),
        cancel_requested_at = coalesce(j.cancel_requested_at, clock_timestamp())
    WHERE j.id = job.id;
    PERFORM record_finished_jobs(ARRAY[job.id], '[]');
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
        RETURN format('waiting for an external event until %s',
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

-- What the CLI's status shows; reason is why_job's line.
CREATE OR REPLACE FUNCTION job_status(id bigint) RETURNS TABLE (
    job_id bigint, kind text, queue text, state text, attempt integer, max_attempts integer,
    run_at timestamptz, created_at timestamptz, finished_at timestamptz, execution_id uuid,
    total_tokens bigint, cost_usd numeric, last_error text, reason text, output jsonb
) LANGUAGE sql STABLE AS $$
    SELECT j.id, j.kind, j.queue, j.state, j.attempt, j.max_attempts, j.run_at, j.created_at,
        j.finished_at, j.execution_id, spent.tokens, spent.cost, j.last_error, why_job(j.id),
        j.output
    FROM jobs j
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(u.total_tokens), 0)::bigint AS tokens, sum(u.cost_usd) AS cost
        FROM token_usage u WHERE u.execution_id = j.execution_id) AS spent
    WHERE j.id = job_status.id
$$;

-- Functions that name tables keep to this schema, whatever the caller's search_path.
DO $$
DECLARE
    signature regprocedure;
BEGIN
    FOR signature IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = current_schema()::regnamespace
            AND p.proname IN ('enqueue_job', 'retry_job', 'cancel_job', 'why_job', 'job_status')
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path TO %I, pg_temp', signature, current_schema());
    END LOOP;
END $$;

INSERT INTO agent_worker_migrations (version, name) VALUES (4, '0004_queue_functions')
ON CONFLICT DO NOTHING;
