-- How attempts end: by their worker (settle_jobs), or without it (rescue_jobs, cancel_job). A job's final state, its ledger row
-- and its records commit together (I4). Lock order: jobs, agent_executions, agent_logs, agent_stats, agent_intensity_metrics, agents.
SELECT pg_advisory_xact_lock(hashtextextended('agent-worker migrations', 0));
SET LOCAL lock_timeout = '5s';

-- The state an outcome leads to. A cancel that was asked for meanwhile wins over running again.
CREATE OR REPLACE FUNCTION settled_state(outcome text, cancel_requested_at timestamptz)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN outcome NOT IN ('retry', 'snooze', 'interrupt') THEN outcome
        WHEN cancel_requested_at IS NOT NULL THEN 'cancelled'
        ELSE 'available'
    END
$$;

-- What one execution's model calls used. Calls whose outcome is unknown have no figures: their estimates stay in columns of their own.
CREATE OR REPLACE FUNCTION execution_usage(execution uuid) RETURNS TABLE (
    input bigint, output bigint, cached bigint, total bigint, cost numeric, models jsonb
) LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(u.input_tokens), 0)::bigint, coalesce(sum(u.output_tokens), 0)::bigint,
        coalesce(sum(u.cached_tokens), 0)::bigint, coalesce(sum(u.total_tokens), 0)::bigint,
        sum(u.cost_usd),
        coalesce(jsonb_agg(DISTINCT u.model_name) FILTER (WHERE u.status = 'settled'), '[]')
    FROM token_usage u WHERE u.execution_id = execution
$$;

-- The numeric leaves of a usage detail object, summed over all calls of an execution. Providers spell it in two ways each.
CREATE OR REPLACE FUNCTION execution_usage_details(execution uuid, VARIADIC spellings text[])
RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_object_agg(leaf.key, leaf.total) FROM (
        SELECT detail.key, sum(detail.value::numeric) AS total
        FROM token_usage u
        CROSS JOIN unnest(spellings) AS spelling
        CROSS JOIN LATERAL jsonb_each(
            CASE jsonb_typeof(u.raw_usage -> spelling)
                WHEN 'object' THEN u.raw_usage -> spelling ELSE '{}' END) AS detail
        WHERE u.execution_id = execution AND jsonb_typeof(detail.value) = 'number'
        GROUP BY detail.key) AS leaf
$$;

-- What the agent's definition says of a run: the seed's counts for operation 4, top-level steps only.
CREATE OR REPLACE FUNCTION agent_definition(agent uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'definition', (
            SELECT jsonb_build_object(
                'steps', count(*),
                'branches', count(*) FILTER (WHERE step ->> 'type' IN ('conditional', 'branch')),
                'loops', count(*) FILTER (WHERE step ->> 'type' IN ('loop', 'iteration')),
                'parallel', count(*) FILTER (WHERE step -> 'parallel' = 'true'))
            FROM jsonb_array_elements(
                CASE jsonb_typeof(a.workflow_steps)
                    WHEN 'array' THEN a.workflow_steps ELSE '[]' END) AS step),
        'declared_plugins',
            CASE jsonb_typeof(to_jsonb(a.plugins_required))
                WHEN 'array' THEN to_jsonb(a.plugins_required) ELSE '[]' END)
    FROM agents a WHERE a.id = agent
$$;

-- Writes what the ended attempts of these jobs leave behind: the four operations of agentkit and orchestrator jobs that ended for good,
-- and the generation log. `settlements` may say more about each (settle_jobs); what it does not say comes from jobs, ledger and usage.
-- Only the settlements of `attempt_ids` are heard: beside the one that holds a job, a batch may carry a stale one of the same job.
CREATE OR REPLACE FUNCTION record_finished_jobs(
    job_ids bigint[], settlements jsonb, attempt_ids uuid[] DEFAULT '{}')
RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    reports jsonb;
BEGIN
    SELECT jsonb_agg(
        coalesce(agent_definition(j.agent_id), '{}')
        || jsonb_strip_nulls(jsonb_build_object('model', ran.model, 'provider', ran.provider))
        || coalesce(said.run, '{}') || jsonb_build_object(
            'execution_id', j.execution_id, 'engine', j.kind, 'agent_id', j.agent_id,
            'user_id', j.user_id, 'execution_type', j.execution_type,
            'success', j.state = 'completed',
            'error', CASE j.state WHEN 'completed' THEN NULL WHEN 'cancelled' THEN 'cancelled'
                ELSE coalesce(j.last_error, 'failed') END,
            'scheduled_at', j.scheduled_at, 'started_at', ran.started_at,
            'completed_at', j.finished_at, 'duration_ms', ran.duration_ms,
            'retry_count', greatest(j.attempt - 1, 0)
                + coalesce((said.run ->> 'step_retries')::integer, 0),
            'input_values_used', coalesce(said.run -> 'input_values_used', to_jsonb((
                SELECT count(*) FROM jsonb_object_keys(
                    CASE jsonb_typeof(j.payload -> 'input_values')
                        WHEN 'object' THEN j.payload -> 'input_values' ELSE '{}' END)))),
            'tokens', jsonb_build_object('prompt', used.input, 'completion', used.output,
                'cached', used.cached, 'total', used.total),
            'cost_usd', used.cost, 'models', used.models)
        ORDER BY j.finished_at, j.id)
    INTO reports
    FROM jobs j
    LEFT JOIN (
        SELECT DISTINCT ON (s.job_id) s.job_id, s.run
        FROM jsonb_to_recordset(settlements) AS s(job_id bigint, attempt_id uuid, run jsonb)
        WHERE s.attempt_id = ANY (attempt_ids)) AS said ON said.job_id = j.id
    CROSS JOIN LATERAL (
        SELECT min(a.started_at) AS started_at,
            (array_agg(a.model ORDER BY a.started_at DESC) FILTER (WHERE a.model IS NOT NULL))[1]
                AS model,
            (array_agg(a.provider ORDER BY a.started_at DESC)
                FILTER (WHERE a.provider IS NOT NULL))[1] AS provider,
            round(extract(epoch FROM sum(a.ended_at - a.started_at)) * 1000)::bigint AS duration_ms
        FROM job_attempts a WHERE a.job_id = j.id) AS ran
    CROSS JOIN LATERAL execution_usage(j.execution_id) AS used
    WHERE j.id = ANY (job_ids) AND j.kind IN ('agentkit', 'orchestrator')
        AND j.finished_at IS NOT NULL
        -- a job that never ran leaves no record
        AND ran.started_at IS NOT NULL;
    IF reports IS NOT NULL THEN
        PERFORM log_agent_runs(reports);
    END IF;

    INSERT INTO agent_generation_logs AS log (
        id, user_id, prompt, existing_agent_id, is_update, job_id, generated_agent_schema,
        identified_skills, openai_model, total_tokens, input_tokens, output_tokens,
        cached_input_tokens, input_tokens_details, completion_tokens_details, generation_time_ms,
        retry_count, validation_errors, success, error_message, completed_at)
    SELECT j.execution_id::text, j.user_id, coalesce(j.payload ->> 'prompt', ''),
        coalesce(j.payload ->> 'existing_agent_id', j.payload -> 'existing_agent' ->> 'id'),
        -- ->> : a JSON null is no agent
        j.payload ->> 'existing_agent' IS NOT NULL OR j.payload ->> 'existing_agent_id' IS NOT NULL,
        j.id, nullif(said.generation -> 'agent', 'null'), nullif(said.generation -> 'skills', 'null'),
        coalesce(said.generation ->> 'model', used.models ->> 0),
        least(used.total, 2147483647), least(used.input, 2147483647),
        least(used.output, 2147483647), least(used.cached, 2147483647),
        execution_usage_details(
            j.execution_id, 'prompt_tokens_details', 'input_tokens_details'),
        execution_usage_details(
            j.execution_id, 'completion_tokens_details', 'output_tokens_details'),
        least(ran.duration_ms, 2147483647), coalesce((said.generation ->> 'retry_count')::integer, 0),
        nullif(said.generation -> 'validation_errors', 'null'),
        j.state = 'completed',
        CASE j.state WHEN 'failed' THEN coalesce(j.last_error, 'failed')
            WHEN 'cancelled' THEN 'cancelled' END,
        j.finished_at
    FROM jobs j
    LEFT JOIN (
        SELECT DISTINCT ON (s.job_id) s.job_id, s.generation
        FROM jsonb_to_recordset(settlements) AS s(job_id bigint, attempt_id uuid, generation jsonb)
        WHERE s.attempt_id = ANY (attempt_ids)) AS said ON said.job_id = j.id
    CROSS JOIN LATERAL (
        SELECT min(a.started_at) AS started_at,
            round(extract(epoch FROM sum(a.ended_at - a.started_at)) * 1000)::bigint AS duration_ms
        FROM job_attempts a WHERE a.job_id = j.id) AS ran
    CROSS JOIN LATERAL execution_usage(j.execution_id) AS used
    WHERE j.id = ANY (job_ids) AND j.kind = 'generation' AND ran.started_at IS NOT NULL
    ORDER BY j.id
    -- A patch that never erases: what earlier attempts learned stays.
    ON CONFLICT (id) DO UPDATE SET
        generated_agent_schema =
            coalesce(excluded.generated_agent_schema, log.generated_agent_schema),
        identified_skills = coalesce(excluded.identified_skills, log.identified_skills),
        openai_model = coalesce(excluded.openai_model, log.openai_model),
        total_tokens = excluded.total_tokens, input_tokens = excluded.input_tokens,
        output_tokens = excluded.output_tokens,
        cached_input_tokens = excluded.cached_input_tokens,
        input_tokens_details = coalesce(excluded.input_tokens_details, log.input_tokens_details),
        completion_tokens_details =
            coalesce(excluded.completion_tokens_details, log.completion_tokens_details),
        generation_time_ms = excluded.generation_time_ms,
        retry_count = log.retry_count + excluded.retry_count,
        validation_errors = CASE
            WHEN excluded.validation_errors IS NULL THEN log.validation_errors
            WHEN log.validation_errors IS NULL THEN excluded.validation_errors
            ELSE excluded.validation_errors || jsonb_build_object('attempts',
                coalesce(log.validation_errors -> 'attempts', '[]')
                || coalesce(excluded.validation_errors -> 'attempts', '[]'))
        END,
        success = excluded.success, error_message = excluded.error_message,
        completed_at = excluded.completed_at
    WHERE log.completed_at IS NULL;
END $$;

-- Writes the ledger rows of attempts that just ended, with the tokens known by then; a call still pending becomes unknown.
CREATE OR REPLACE FUNCTION close_attempts(ended job_attempts[]) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    UPDATE token_usage u SET status = 'unknown'
    WHERE u.attempt_id = ANY (ARRAY(SELECT e.attempt_id FROM unnest(ended) AS e))
        AND u.status = 'pending';
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
            finished_at = CASE WHEN settled_state(s.outcome, j.cancel_requested_at) <> 'available'
                THEN clock_timestamp() END,
            attempt_id = NULL,
            -- given back: the provider or the operator ended this attempt, not the job
            attempt = j.attempt - CASE WHEN s.outcome IN ('snooze', 'interrupt')
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
            CASE WHEN j.state = 'available' THEN s.outcome ELSE j.state END AS outcome,
            j.attempt + CASE WHEN s.outcome IN ('snooze', 'interrupt') AND j.state = 'available'
                THEN 1 ELSE 0 END AS attempt
    )
    SELECT array_agg(ROW(
        f.attempt_id, f.id, f.attempt, f.worker_id, f.claimed_at, NULL, f.outcome, f.failure_class,
        f.error, 0, 0, 0, 0, NULL, NULL, NULL)::job_attempts)
    INTO ended FROM fenced f;

    IF ended IS NOT NULL THEN
        PERFORM close_attempts(ended);
        PERFORM record_finished_jobs(
            ARRAY(SELECT e.job_id FROM unnest(ended) AS e ORDER BY 1), settlements,
            ARRAY(SELECT e.attempt_id FROM unnest(ended) AS e));
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
    RETURN next_state;
END $$;

-- Takes back the jobs of dead workers: locked first, then acted on, in one transaction. A worker whose row is gone counts as dead. The
-- lease's length is the backoff: a rescued job is due at once.
--
-- A worker that rescues also names itself and the attempts it knows of: a job that it holds for longer than a lease without knowing (the
-- answer of its claim was lost) is an orphan of a living worker and is taken back alike.
--
-- A job whose records cannot be written is answered as `stuck` with the error and stays as it is: it must not keep the others.
CREATE OR REPLACE FUNCTION rescue_jobs(
    max_jobs integer DEFAULT 100, rescuer uuid DEFAULT NULL, held uuid[] DEFAULT '{}'
) RETURNS TABLE (job_id bigint, attempt_id uuid, worker_id uuid, state text, error text)
LANGUAGE plpgsql SET jit = off AS $$
#variable_conflict use_column
DECLARE
    dead record;
BEGIN
    FOR dead IN
        SELECT j.id, j.attempt_id, j.worker_id, j.worker_id IS NOT DISTINCT FROM rescuer AS orphan
        FROM jobs j
        WHERE j.state = 'running'
            -- re-checked on the locked version of the row: a job claimed since is nobody's orphan
            AND j.claimed_at < statement_timestamp()
            AND NOT EXISTS (
                SELECT FROM workers w
                WHERE w.id = j.worker_id
                    AND w.heartbeat_at + make_interval(secs => w.lease_s) >= clock_timestamp()
                    AND NOT (
                        w.id IS NOT DISTINCT FROM rescuer AND j.attempt_id <> ALL (held)
                        AND j.claimed_at + make_interval(secs => w.lease_s) < clock_timestamp()))
        LIMIT max_jobs
        FOR UPDATE OF j SKIP LOCKED
    LOOP
        job_id := dead.id;
        attempt_id := dead.attempt_id;
        worker_id := dead.worker_id;
        error := NULL;
        BEGIN
            state := take_back_job(dead.id, CASE WHEN dead.orphan
                THEN 'the answer of the claim was lost' ELSE 'the worker stopped beating' END);
        EXCEPTION
        WHEN deadlock_detected OR lock_not_available OR serialization_failure THEN
            CONTINUE;  -- the next round meets it again
        WHEN OTHERS THEN
            state := 'stuck';
            error := format('%s [%s]', SQLERRM, SQLSTATE);
        END;
        RETURN NEXT;
    END LOOP;
END $$;

-- Functions that name tables keep to this schema, whatever the caller's search_path.
DO $$
DECLARE
    signature regprocedure;
BEGIN
    FOR signature IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = current_schema()::regnamespace
            AND p.proname IN (
                'record_finished_jobs', 'close_attempts', 'settle_jobs', 'take_back_job',
                'rescue_jobs')
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path TO %I, pg_temp', signature, current_schema());
    END LOOP;
END $$;

INSERT INTO agent_worker_migrations (version, name) VALUES (5, '0005_settlement')
ON CONFLICT DO NOTHING;
