CREATE TYPE public.intensity_run AS (
	agent_id uuid,
	user_id uuid,
	tokens double precision,
	input double precision,
	output double precision,
	duration double precision,
	iterations double precision,
	successful boolean,
	retries double precision,
	plugins double precision,
	tool_calls double precision,
	overhead double precision,
	steps double precision,
	branches double precision,
	loops double precision,
	parallel double precision,
	memory double precision,
	entries double precision,
	types double precision
);
CREATE FUNCTION public.agent_definition(agent uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
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
CREATE FUNCTION public.ais_clamp(score double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT least(greatest(score, 0), 10)
$$;
CREATE FUNCTION public.ais_default_config() RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT '{
        "min_executions_for_score": 5, "ais_true_counts": 0,
        "tokens_per_log_credit": 1000, "tokens_per_pilot_credit": 10,
        "pilot_credit_cost_usd": 0.00048, "free_tier_credits": 1000, "min_subscription_usd": 10,
        "ais_weight_tokens": 0.30, "ais_weight_execution": 0.25, "ais_weight_plugins": 0.20,
        "ais_weight_workflow": 0.15, "ais_weight_memory": 0.10,
        "ais_weight_creation": 0.3, "ais_weight_execution_blend": 0.7,
        "ais_token_efficiency_weight": 0.7,
        "ais_execution_iterations_weight": 0.35, "ais_execution_duration_weight": 0.30,
        "ais_execution_failure_weight": 0.20, "ais_execution_retry_weight": 0.15,
        "ais_plugin_count_weight": 0.40, "ais_plugin_usage_weight": 0.35,
        "ais_plugin_overhead_weight": 0.25,
        "ais_workflow_steps_weight": 0.40, "ais_workflow_branches_weight": 0.25,
        "ais_workflow_loops_weight": 0.20, "ais_workflow_parallel_weight": 0.15,
        "ais_memory_ratio_weight": 0.5, "ais_memory_diversity_weight": 0.3,
        "ais_memory_volume_weight": 0.2,
        "ais_creation_workflow_weight": 0.5, "ais_creation_plugin_weight": 0.3,
        "ais_creation_io_weight": 0.2,
        "output_token_growth_monitor_threshold": 25, "output_token_growth_monitor_adjustment": 0.2,
        "output_token_growth_rescore_threshold": 50, "output_token_growth_rescore_adjustment": 0.75,
        "output_token_growth_upgrade_threshold": 100, "output_token_growth_upgrade_adjustment": 1.25,
        "quality_success_threshold": 80, "quality_success_multiplier": 0.3,
        "quality_retry_threshold": 30, "quality_retry_multiplier": 0.2
    }'::jsonb
$$;
CREATE FUNCTION public.ais_norm(v double precision, lo double precision, hi double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE WHEN hi > lo THEN (least(greatest(v, lo), hi) - lo) / (hi - lo) * 10 ELSE 0 END
$$;
CREATE FUNCTION public.approve_job(id bigint, approver text, decision text, comment text DEFAULT NULL::text, event text DEFAULT NULL::text, content jsonb DEFAULT NULL::jsonb) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
    PERFORM pg_notify('agent_worker_jobs', '');
    RETURN 'resumed';
END $$;
CREATE FUNCTION public.await_event(job bigint, attempt uuid, execution uuid, key text, fingerprint text, request jsonb, timeout_s double precision, retention_s integer) RETURNS TABLE(held boolean, status text, output json, wait_until timestamp with time zone, diverged boolean)
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
CREATE TABLE public.job_attempts (
    attempt_id uuid NOT NULL,
    job_id bigint NOT NULL,
    attempt integer NOT NULL,
    worker_id uuid NOT NULL,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    outcome text NOT NULL,
    failure_class text,
    error text,
    input_tokens bigint DEFAULT 0 NOT NULL,
    output_tokens bigint DEFAULT 0 NOT NULL,
    cached_tokens bigint DEFAULT 0 NOT NULL,
    total_tokens bigint DEFAULT 0 NOT NULL,
    cost_usd numeric,
    model text,
    provider text,
    CONSTRAINT "job_attempts.failure_class must be one the queue knows" CHECK ((failure_class = ANY (ARRAY['transport'::text, 'rate_limited'::text, 'provider'::text, 'validation'::text, 'content_policy'::text, 'context_length'::text, 'timeout'::text, 'tool'::text, 'invalid_payload'::text, 'quota'::text, 'crash'::text, 'shutdown'::text, 'cancelled'::text]))),
    CONSTRAINT "job_attempts.outcome must be one the queue knows" CHECK ((outcome = ANY (ARRAY['completed'::text, 'retry'::text, 'snooze'::text, 'wait'::text, 'failed'::text, 'cancelled'::text, 'interrupt'::text])))
);
CREATE FUNCTION public.begin_waits(ended public.job_attempts[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
CREATE FUNCTION public.cancel_job(id bigint) RETURNS text
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
CREATE FUNCTION public.clamp_integer(value numeric) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT least(greatest(value, 0), 2147483647)::integer
$$;
CREATE FUNCTION public.close_attempts(ended public.job_attempts[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
CREATE FUNCTION public.completion_tokens(tokens jsonb) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT report_count(
        tokens -> 'completion',
        greatest(report_count(tokens -> 'total') - report_count(tokens -> 'prompt'), 0))
$$;
CREATE FUNCTION public.count_token_usage() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO agent_token_baselines AS baseline (agent_id, output_sum, output_rows)
        SELECT agent_id, sum(output_tokens), count(*)
        FROM new_rows
        WHERE activity_type = 'agent_execution' AND output_tokens IS NOT NULL
          AND agent_id IS NOT NULL
        GROUP BY agent_id
        ORDER BY agent_id
        ON CONFLICT (agent_id) DO UPDATE
        SET output_sum = baseline.output_sum + excluded.output_sum,
            output_rows = baseline.output_rows + excluded.output_rows;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO agent_token_baselines AS baseline (agent_id, output_sum, output_rows)
        SELECT agent_id, sum(output_tokens), sum(rows)
        FROM (
            SELECT agent_id, activity_type, output_tokens::bigint, 1 AS rows FROM new_rows
            UNION ALL
            SELECT agent_id, activity_type, -output_tokens::bigint, -1 FROM old_rows
        ) AS changes
        WHERE activity_type = 'agent_execution' AND output_tokens IS NOT NULL
          AND agent_id IS NOT NULL
        GROUP BY agent_id
        HAVING sum(output_tokens) <> 0 OR sum(rows) <> 0
        ORDER BY agent_id
        ON CONFLICT (agent_id) DO UPDATE
        SET output_sum = baseline.output_sum + excluded.output_sum,
            output_rows = baseline.output_rows + excluded.output_rows;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO agent_token_baselines AS baseline (agent_id, output_sum, output_rows)
        SELECT agent_id, -sum(output_tokens), -count(*)
        FROM old_rows
        WHERE activity_type = 'agent_execution' AND output_tokens IS NOT NULL
          AND agent_id IS NOT NULL
        GROUP BY agent_id
        ORDER BY agent_id
        ON CONFLICT (agent_id) DO UPDATE
        SET output_sum = baseline.output_sum + excluded.output_sum,
            output_rows = baseline.output_rows + excluded.output_rows;
    ELSE  -- TRUNCATE
        DELETE FROM agent_token_baselines;
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION public.enqueue_job(kind text, payload jsonb DEFAULT '{}'::jsonb, user_id text DEFAULT NULL::text, agent_id uuid DEFAULT NULL::uuid, queue text DEFAULT 'default'::text, priority integer DEFAULT 0, run_at timestamp with time zone DEFAULT NULL::timestamp with time zone, max_attempts integer DEFAULT 3, timeout_s integer DEFAULT NULL::integer, unique_key text DEFAULT NULL::text, execution_type text DEFAULT 'manual'::text, trace_context text DEFAULT NULL::text) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    enqueued bigint;
BEGIN
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
CREATE FUNCTION public.execution_usage(execution uuid) RETURNS TABLE(input bigint, output bigint, cached bigint, total bigint, cost numeric, models jsonb)
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(sum(u.input_tokens), 0)::bigint, coalesce(sum(u.output_tokens), 0)::bigint,
        coalesce(sum(u.cached_tokens), 0)::bigint, coalesce(sum(u.total_tokens), 0)::bigint,
        sum(u.cost_usd),
        coalesce(jsonb_agg(DISTINCT u.model_name) FILTER (WHERE u.status = 'settled'), '[]')
    FROM token_usage u WHERE u.execution_id = execution
$$;
CREATE FUNCTION public.execution_usage_details(execution uuid, VARIADIC spellings text[]) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
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
CREATE FUNCTION public.fold_agent_intensity(runs public.intensity_run[]) RETURNS void
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    agent_ids uuid[] := ARRAY(
        SELECT DISTINCT run.agent_id FROM unnest(runs) AS run ORDER BY run.agent_id);
    true_figures boolean := coalesce((
        SELECT c.config_value = 1 FROM ais_system_config c
        WHERE c.config_key = 'ais_true_counts'), false);
BEGIN
    INSERT INTO agent_intensity_metrics (agent_id, user_id)
    SELECT DISTINCT ON (run.agent_id) run.agent_id, run.user_id
    FROM unnest(runs) WITH ORDINALITY AS run
    WHERE run.agent_id NOT IN (
        SELECT m.agent_id FROM agent_intensity_metrics m WHERE m.agent_id = ANY (agent_ids))
    ORDER BY run.agent_id, run.ordinality
    ON CONFLICT (agent_id) DO NOTHING;
    PERFORM FROM agent_intensity_metrics m
    WHERE m.agent_id = ANY (agent_ids)
    ORDER BY m.agent_id
    FOR NO KEY UPDATE;
    WITH RECURSIVE settings AS MATERIALIZED (
        SELECT * FROM ais_settings
    ),
    run AS MATERIALIZED (
        SELECT run.*,
               row_number() OVER (PARTITION BY run.agent_id ORDER BY run.ordinality) AS nth,
               count(*) OVER (PARTITION BY run.agent_id) AS of
        FROM unnest(runs) WITH ORDINALITY AS run
    ),
    fold AS (
        SELECT m.agent_id, 0::bigint AS nth, NULL::bigint AS of,
               coalesce(b.output_sum::double precision / nullif(b.output_rows, 0), 0) AS baseline,
               coalesce(m.creation_score, 5)::double precision AS creation,
               coalesce(m.total_executions, 0)::double precision AS n,
               coalesce(m.successful_executions, 0)::double precision AS successful,
               coalesce(m.failed_executions, 0)::double precision AS failed,
               coalesce(m.total_tokens_used, 0)::double precision AS tokens,
               coalesce(m.peak_tokens_single_run, 0)::double precision AS peak_tokens,
               coalesce(m.input_output_ratio, 1)::double precision AS ratio,
               coalesce(m.avg_output_tokens_per_run, 0)::double precision AS avg_output,
               coalesce(m.avg_memory_tokens_per_run, 0)::double precision AS avg_memory,
               coalesce(m.memory_token_ratio, 0)::double precision AS memory_ratio,
               coalesce(m.total_iterations, 0)::double precision AS iterations,
               coalesce(m.avg_execution_duration_ms, 0)::double precision AS avg_duration,
               coalesce(m.peak_execution_duration_ms, 0)::double precision AS peak_duration,
               coalesce(m.total_plugin_calls, 0)::double precision AS tool_calls,
               coalesce(m.unique_plugins_used, 0)::double precision AS unique_plugins,
               coalesce(m.avg_plugins_per_run, 0)::double precision AS avg_plugins,
               coalesce(m.tool_orchestration_overhead_ms, 0)::double precision AS overhead,
               coalesce(m.workflow_steps_count, 0)::double precision AS steps,
               coalesce(m.conditional_branches_count, 0)::double precision AS branches,
               coalesce(m.loop_iterations_count, 0)::double precision AS loops,
               coalesce(m.parallel_execution_count, 0)::double precision AS parallel,
               coalesce(m.retry_rate, 0)::double precision AS retry_rate,
               coalesce(m.error_recovery_count, 0)::double precision AS recoveries,
               0::double precision AS input, 0::double precision AS output,
               0::double precision AS memory, 0::double precision AS entries,
               0::double precision AS types
        FROM agent_intensity_metrics m
        LEFT JOIN agent_token_baselines b
            ON b.agent_id = m.agent_id AND b.agent_id = ANY (agent_ids)
        WHERE m.agent_id = ANY (agent_ids)
        UNION ALL
        SELECT f.agent_id, r.nth, r.of,
               CASE WHEN true_figures THEN f.avg_output ELSE f.baseline END, f.creation,
               f.n + 1,
               f.successful + CASE WHEN r.successful THEN 1 ELSE 0 END,
               f.failed + CASE WHEN r.successful THEN 0 ELSE 1 END,
               f.tokens + r.tokens,
               greatest(f.peak_tokens, r.tokens),
               CASE WHEN r.input > 0 AND r.output > 0 THEN r.output / r.input ELSE f.ratio END,
               (f.avg_output * f.n + r.output) / (f.n + 1),
               (f.avg_memory * f.n + r.memory) / (f.n + 1),
               CASE WHEN r.input > 0 THEN least(r.memory / r.input, 1) ELSE f.memory_ratio END,
               f.iterations + r.iterations,
               CASE WHEN true_figures THEN (f.avg_duration * f.n + r.duration) / (f.n + 1)
                    ELSE floor((f.avg_duration * f.n + r.duration) / (f.n + 1) + 0.5) END,
               greatest(f.peak_duration, r.duration),
               f.tool_calls + r.tool_calls,
               greatest(f.unique_plugins, r.plugins),
               CASE WHEN r.plugins > 0 OR true_figures
                    THEN (f.avg_plugins * f.n + r.plugins) / (f.n + 1) ELSE f.avg_plugins END,
               CASE WHEN true_figures THEN (f.overhead * f.n + r.overhead) / (f.n + 1)
                    WHEN r.overhead > 0
                    THEN floor((f.overhead * f.n + r.overhead) / (f.n + 1) + 0.5)
                    ELSE f.overhead END,
               greatest(f.steps, r.steps),
               greatest(f.branches, r.branches),
               f.loops + r.loops,
               greatest(f.parallel, r.parallel),
               CASE WHEN r.retries > 0 OR true_figures
                    THEN (f.retry_rate * f.n + r.retries) / (f.n + 1) ELSE f.retry_rate END,
               f.recoveries + CASE WHEN r.retries > 0 AND r.successful THEN 1 ELSE 0 END,
               r.input, r.output, r.memory, r.entries, r.types
        FROM fold f
        JOIN run r ON r.agent_id = f.agent_id AND r.nth = f.nth + 1
    ),
    folded AS (
        SELECT f.*,
               f.tokens / f.n AS avg_tokens,
               f.iterations / f.n AS avg_iterations,
               f.successful / f.n * 100 AS success_rate
        FROM fold f
        WHERE f.nth = f.of
    ),
    parts AS (
        SELECT f.*, growth, alert, s.w_tokens, s.w_execution, s.w_plugins, s.w_workflow, s.w_memory,
               s.w_creation, s.w_blend, s.min_executions,
               ais_clamp(
                   s.w_efficiency * CASE WHEN true_figures THEN 10 - efficiency ELSE efficiency END
                   + adjustment * quality) AS token_score,
               ais_clamp(
                   s.w_iterations * ais_norm(f.avg_iterations, s.iterations_lo, s.iterations_hi)
                   + s.w_duration * ais_norm(f.avg_duration, s.duration_lo, s.duration_hi)
                   + s.w_failure * ais_norm(100 - f.success_rate, s.failure_lo, s.failure_hi)
                   + s.w_retry * ais_norm(f.retry_rate, s.retry_lo, s.retry_hi)
               ) AS execution_part,
               ais_clamp(
                   s.w_plugin_count
                       * ais_norm(f.unique_plugins, s.plugin_count_lo, s.plugin_count_hi)
                   + s.w_plugin_usage
                       * ais_norm(f.avg_plugins, s.plugins_per_run_lo, s.plugins_per_run_hi)
                   + s.w_plugin_overhead * ais_norm(f.overhead, s.overhead_lo, s.overhead_hi)
               ) AS plugin_score,
               ais_clamp(
                   s.w_steps * ais_norm(f.steps, s.steps_lo, s.steps_hi)
                   + s.w_branches * ais_norm(f.branches, s.branches_lo, s.branches_hi)
                   + s.w_loops * ais_norm(f.loops, s.loops_lo, s.loops_hi)
                   + s.w_parallel * ais_norm(f.parallel, s.parallel_lo, s.parallel_hi)
               ) AS workflow_score,
               CASE WHEN f.memory = 0 OR f.input = 0 THEN 0 ELSE ais_clamp(
                   s.w_memory_ratio * ais_norm(
                       f.memory_ratio, s.memory_ratio_lo, s.memory_ratio_hi)
                   + s.w_memory_diversity * ais_norm(
                       f.types, s.memory_diversity_lo, s.memory_diversity_hi)
                   + s.w_memory_volume * ais_norm(
                       f.entries, s.memory_volume_lo, s.memory_volume_hi)
               ) END AS memory_score
        FROM folded f
        CROSS JOIN settings s
        CROSS JOIN LATERAL (
            SELECT CASE WHEN f.baseline = 0 OR f.output = 0 THEN 0
                        ELSE (f.output - f.baseline) / f.baseline * 100 END AS growth,
                   CASE WHEN s.ratio_hi > s.ratio_lo
                        THEN 10 + (least(greatest(f.ratio, s.ratio_lo), s.ratio_hi) - s.ratio_lo)
                                  * (0 - 10) / (s.ratio_hi - s.ratio_lo)
                        ELSE 0 END AS efficiency,
                   1 + CASE WHEN f.success_rate < s.quality_success_threshold
                            THEN s.quality_success_multiplier ELSE 0 END
                     + CASE WHEN f.retry_rate * CASE WHEN true_figures THEN 100 ELSE 1 END
                                > s.quality_retry_threshold
                            THEN s.quality_retry_multiplier ELSE 0 END AS quality
        ) AS token_parts
        CROSS JOIN LATERAL (
            SELECT CASE WHEN growth >= s.upgrade_threshold THEN 'upgrade'
                        WHEN growth >= s.rescore_threshold THEN 'rescore'
                        WHEN growth >= s.monitor_threshold THEN 'monitor'
                        ELSE 'none' END AS alert,
                   CASE WHEN growth >= s.upgrade_threshold THEN s.upgrade_adjustment
                        WHEN growth >= s.rescore_threshold THEN s.rescore_adjustment
                        WHEN growth >= s.monitor_threshold THEN s.monitor_adjustment
                        ELSE 0 END AS adjustment
        ) AS alert_parts
    ),
    scored AS (
        SELECT p.*, score,
               CASE WHEN p.n < p.min_executions THEN p.creation
                    ELSE p.w_creation * p.creation + p.w_blend * score END AS combined
        FROM parts p
        CROSS JOIN LATERAL (
            SELECT p.w_tokens * p.token_score + p.w_execution * p.execution_part
                   + p.w_plugins * p.plugin_score + p.w_workflow * p.workflow_score
                   + p.w_memory * p.memory_score AS score
        ) AS total
    )
    UPDATE agent_intensity_metrics m
    SET execution_score = s.score,
        combined_score = s.combined,
        intensity_score = s.combined,
        token_complexity_score = s.token_score,
        execution_complexity_score = s.execution_part,
        plugin_complexity_score = s.plugin_score,
        workflow_complexity_score = s.workflow_score,
        memory_complexity_score = s.memory_score,
        total_tokens_used = s.tokens,
        avg_tokens_per_run = s.avg_tokens,
        peak_tokens_single_run = s.peak_tokens,
        input_output_ratio = s.ratio,
        avg_output_tokens_per_run = s.avg_output,
        output_token_growth_rate = s.growth,
        output_token_baseline = s.baseline,
        output_token_alert_level = s.alert,
        avg_memory_tokens_per_run = s.avg_memory,
        memory_token_ratio = s.memory_ratio,
        memory_entry_count = s.entries,
        memory_type_diversity = s.types,
        total_executions = s.n,
        successful_executions = s.successful,
        failed_executions = s.failed,
        avg_execution_duration_ms = s.avg_duration,
        peak_execution_duration_ms = s.peak_duration,
        total_iterations = s.iterations,
        avg_iterations_per_run = s.avg_iterations,
        total_plugin_calls = s.tool_calls,
        unique_plugins_used = s.unique_plugins,
        avg_plugins_per_run = s.avg_plugins,
        tool_orchestration_overhead_ms = s.overhead,
        workflow_steps_count = s.steps,
        conditional_branches_count = s.branches,
        loop_iterations_count = s.loops,
        parallel_execution_count = s.parallel,
        success_rate = s.success_rate,
        retry_rate = s.retry_rate,
        error_recovery_count = s.recoveries,
        last_calculated_at = now(),
        updated_at = now()
    FROM scored s
    WHERE m.agent_id = s.agent_id;
    UPDATE agents a
    SET intensity_score = m.intensity_score, last_intensity_update = now()
    FROM agent_intensity_metrics m
    WHERE a.id = m.agent_id AND a.id = ANY (agent_ids) AND m.agent_id = ANY (agent_ids);
END
$$;
CREATE FUNCTION public.get_active_ais_ranges() RETURNS TABLE(range_key text, min_value numeric, max_value numeric, category text, description text)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT r.range_key, r.min_value, r.max_value, r.category, r.description
    FROM ais_active_ranges r
$$;
CREATE FUNCTION public.increment_agent_stats(agent_id_input uuid, user_id_input uuid, success boolean) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $_$
BEGIN
    INSERT INTO agent_stats AS stats (agent_id, user_id, run_count, success_count, last_run_at)
    VALUES (agent_id_input, user_id_input, 1, CASE WHEN $3 THEN 1 ELSE 0 END, now())
    ON CONFLICT (agent_id, user_id) DO UPDATE
    SET run_count = coalesce(stats.run_count, 0) + 1,
        success_count = coalesce(stats.success_count, 0) + excluded.success_count,
        last_run_at = greatest(stats.last_run_at, excluded.last_run_at);
END
$_$;
CREATE FUNCTION public.intensity_multiplier(score double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT 1 + least(greatest(score, 0), 10) / 10
$$;
CREATE FUNCTION public.intensity_range(score double precision) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE
        WHEN score < 3 THEN 'Low (0-3)'
        WHEN score < 6 THEN 'Medium (3-6)'
        ELSE 'High (6-10)'
    END
$$;
CREATE FUNCTION public.is_uuid(value jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$
    SELECT coalesce(value #>> '{}' ~* '^[{]?([0-9a-f]{4}-?){7}[0-9a-f]{4}[}]?$', false)
$_$;
CREATE FUNCTION public.job_status(id bigint) RETURNS TABLE(job_id bigint, kind text, queue text, state text, attempt integer, max_attempts integer, run_at timestamp with time zone, created_at timestamp with time zone, finished_at timestamp with time zone, execution_id uuid, total_tokens bigint, cost_usd numeric, last_error text, reason text, output jsonb)
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT j.id, j.kind, j.queue, j.state, j.attempt, j.max_attempts, j.run_at, j.created_at,
        j.finished_at, j.execution_id, spent.tokens, spent.cost, j.last_error, why_job(j.id),
        j.output
    FROM jobs j
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(u.total_tokens), 0)::bigint AS tokens, sum(u.cost_usd) AS cost
        FROM token_usage u WHERE u.execution_id = j.execution_id) AS spent
    WHERE j.id = job_status.id
$$;
CREATE FUNCTION public.journalled_run(execution uuid, agent uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $_$
    WITH step AS MATERIALIZED (
        SELECT r.step_key, r.kind, r.status, r.fingerprint, r.plugin, r.action, r.output,
            r.started_at
        FROM run_steps r WHERE r.execution_id = execution
    ), call AS MATERIALIZED (
        SELECT s.plugin, s.action, (s.output ->> 'success')::boolean AS success,
            coalesce((s.output ->> 'items')::bigint, 0) AS items,
            coalesce((s.output ->> 'duration_us')::bigint, 0) / 1000 AS ms,
            CASE WHEN s.output IS NULL THEN 'SIDE_EFFECT_UNKNOWN'
                WHEN s.output -> 'error' IS NOT NULL
                    THEN concat_ws(': ', s.output #>> '{error,code}', s.output #>> '{error,message}')
            END AS error,
            row_number() OVER (ORDER BY s.started_at, s.step_key) AS nth
        FROM step s
        WHERE s.kind = 'tool' AND s.plugin IS NOT NULL AND s.status IN ('done', 'unknown')
            AND s.output -> 'asks' IS NULL
    ), path AS MATERIALIZED (
        SELECT s.step_key AS key FROM step s WHERE s.fingerprint <> 'report'
        UNION
        SELECT u.activity_step FROM token_usage u
        WHERE u.execution_id = execution AND u.activity_step IS NOT NULL
    ), loop AS MATERIALIZED (
        SELECT found #>> '{}' AS id
        FROM agents a
        CROSS JOIN LATERAL jsonb_path_query(
            a.workflow_steps, '$.** ? (@.type == "loop" || @.type == "iteration").id') AS found
        WHERE a.id = agent
    ), known AS (
        SELECT
            coalesce((
                SELECT s.output::jsonb FROM step s
                WHERE s.step_key = '#report' AND s.fingerprint = 'report'), '{}') AS report,
            (SELECT count(DISTINCT regexp_replace(u.activity_step, '\.model[0-9]+$', ''))
                FROM token_usage u
                WHERE u.execution_id = execution AND u.activity_type = 'agent_execution')
                AS iterations,
            (SELECT coalesce(jsonb_agg(jsonb_build_object(
                    'plugin', c.plugin, 'action', c.action, 'success', coalesce(c.success, false),
                    'itemsReturned', c.items, 'executionTime', c.ms, 'error', c.error)
                    ORDER BY c.nth), '[]') FROM call c) AS calls,
            (SELECT coalesce(sum(c.ms), 0) FROM call c) AS tool_ms,
            (SELECT coalesce(jsonb_agg(used.plugin ORDER BY used.first), '[]') FROM (
                SELECT c.plugin, min(c.nth) AS first FROM call c GROUP BY c.plugin) AS used)
                AS plugins,
            (SELECT count(DISTINCT left(p.key, place)) FROM path p
                CROSS JOIN LATERAL generate_series(1, length(p.key)) AS place
                WHERE substr(p.key, place, 1) = ']'
                    AND substring(left(p.key, place) FROM '([^.\[\]#!]+)\[[0-9]+\]$')
                        IN (SELECT l.id FROM loop l)) AS loops,
            (SELECT count(DISTINCT left(p.key, place)
                    || substring(substr(p.key, place + 1) FROM '^[0-9]+'))
                FROM path p
                CROSS JOIN LATERAL generate_series(1, length(p.key)) AS place
                WHERE substr(p.key, place) ~ '^#[0-9]'
                    AND left(p.key, place - 1) NOT LIKE '%.submission') AS retries,
            (SELECT count(DISTINCT substring(s.step_key FROM '^[^.#]+')) FROM step s
                WHERE s.status = 'done' AND s.fingerprint <> 'report'
                    AND s.step_key ~ '^[^.\[\]!#]+(#[0-9]+)?(\.outcome)?$'
                    AND (s.output ->> 'success' = 'true' OR s.output ->> 'decision' = 'approve'))
                AS completed
    )
    SELECT k.report || jsonb_build_object(
        'iterations', greatest(report_count(k.report -> 'iterations'), k.iterations),
        'step_retries', greatest(report_count(k.report -> 'step_retries'), k.retries),
        'steps', coalesce(k.report -> 'steps', '{"failed": 0, "skipped": 0}') || jsonb_build_object(
            'completed', greatest(report_count(k.report -> 'steps' -> 'completed'), k.completed)),
        'workflow', coalesce(k.report -> 'workflow', '{"steps": 0, "branches": 0, "parallel": 0}')
            || jsonb_build_object(
                'loops', greatest(report_count(k.report -> 'workflow' -> 'loops'), k.loops)))
        || CASE WHEN jsonb_array_length(report_array(k.report -> 'tool_calls'))
                > jsonb_array_length(k.calls) THEN '{}'
            ELSE jsonb_build_object(
                'tool_calls', k.calls, 'tool_calls_count', jsonb_array_length(k.calls),
                'tool_orchestration_time_ms', k.tool_ms, 'plugins_used', k.plugins) END
    FROM known k
$_$;
CREATE FUNCTION public.keep_run_reports(settlements jsonb, attempt_ids uuid[]) RETURNS void
    LANGUAGE sql
    SET search_path TO 'public', 'pg_temp'
    AS $$
    INSERT INTO run_steps AS old (
        execution_id, step_key, kind, fingerprint, attempt_id, status, output, ended_at)
    SELECT j.execution_id, '#report', 'step', 'report', s.attempt_id, 'done', s.run::json,
        clock_timestamp()
    FROM jsonb_to_recordset(settlements) AS s(job_id bigint, attempt_id uuid, run jsonb)
    JOIN jobs j ON j.id = s.job_id
    WHERE s.attempt_id = ANY (attempt_ids) AND jsonb_typeof(s.run) = 'object'
        AND j.finished_at IS NULL
    ORDER BY j.execution_id
    ON CONFLICT (execution_id, step_key) DO UPDATE SET
        attempt_id = excluded.attempt_id, output = excluded.output, ended_at = excluded.ended_at
    WHERE old.fingerprint = 'report'
$$;
CREATE FUNCTION public.log_agent_run(run jsonb) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    RETURN (SELECT id FROM log_agent_runs(jsonb_build_array(run)) AS id);
END
$$;
CREATE FUNCTION public.log_agent_runs(runs jsonb) RETURNS SETOF uuid
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    ids uuid[];
    new_runs intensity_run[];
    completions timestamptz[];
BEGIN
    IF jsonb_typeof(runs) IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION 'runs must be a JSON array' USING ERRCODE = '22023';
    END IF;
    BEGIN
        SELECT CASE WHEN bool_and(coalesce(
                   (run ->> 'execution_id')::uuid IS NOT NULL
                   AND run ->> 'engine' IN ('agentkit', 'orchestrator')
                   AND (run ->> 'agent_id')::uuid IS NOT NULL
                   AND (run ->> 'user_id')::uuid IS NOT NULL
                   AND jsonb_typeof(run -> 'success') = 'boolean'
                   AND jsonb_typeof(run -> 'duration_ms') = 'number'
                   AND jsonb_typeof(run -> 'tokens' -> 'total') = 'number', false))
                   THEN array_agg((run ->> 'execution_id')::uuid) END
        INTO ids
        FROM jsonb_array_elements(runs) AS run;
    EXCEPTION WHEN invalid_text_representation THEN
        ids := NULL;
    END;
    IF ids IS NULL THEN
        IF runs = '[]' THEN
            RETURN;
        END IF;
        RAISE EXCEPTION '%', coalesce((
            SELECT format('run %s: %s is missing or mistyped', nth, run_report_fault(run))
            FROM jsonb_array_elements(runs) WITH ORDINALITY AS element (run, nth)
            WHERE run_report_fault(run) IS NOT NULL
            ORDER BY nth
            LIMIT 1
        ), 'an id of a run report is not a UUID') USING ERRCODE = '22023';
    END IF;
    WITH config AS MATERIALIZED (
        SELECT coalesce(nullif(greatest((c ->> 'tokens_per_log_credit')::numeric, 0), 0), 1000)
                   AS tokens_per_credit,
               (c ->> 'ais_true_counts')::numeric = 1 AS true_counts
        FROM (
            SELECT ais_default_config() || coalesce(
                jsonb_object_agg(config_key, config_value)
                    FILTER (WHERE config_value IS NOT NULL), '{}') AS c
            FROM ais_system_config
            WHERE config_key IN ('tokens_per_log_credit', 'ais_true_counts')
        ) AS merged
    ),
    report AS MATERIALIZED (
        SELECT DISTINCT ON (id)
               (run ->> 'execution_id')::uuid AS id, nth, run,
               (run ->> 'agent_id')::uuid AS agent_id,
               (run ->> 'user_id')::uuid AS user_id,
               run ->> 'engine' = 'agentkit' AS agentkit,
               (run ->> 'success')::boolean AS success,
               report_count(run -> 'duration_ms') AS duration,
               report_count(run -> 'retry_count') AS retries,
               report_count(run -> 'tokens' -> 'total') AS total,
               prompt_tokens(run -> 'tokens') AS prompt,
               completion_tokens(run -> 'tokens') AS completion,
               report_count(run -> 'memory' -> 'tokens') AS memory,
               report_count(run -> 'memory' -> 'entries') AS entries,
               report_array(run -> 'memory' -> 'types') AS types,
               report_count(run -> 'iterations', 1) AS iterations,
               log_tool_calls(run -> 'tool_calls') AS tool_calls,
               coalesce(run ->> 'model', 'gpt-4o') AS model,
               coalesce(run ->> 'provider', 'openai') AS provider,
               report_count(run -> 'steps' -> 'completed') AS completed,
               report_count(run -> 'steps' -> 'failed') AS failed,
               report_count(run -> 'steps' -> 'skipped') AS skipped,
               coalesce((run ->> 'completed_at')::timestamptz, now()) AS completed_at
        FROM jsonb_array_elements(runs) WITH ORDINALITY AS element (run, nth)
        ORDER BY id, nth
    ),
    shaped AS MATERIALIZED (
        SELECT r.*,
               CASE WHEN agentkit
                    THEN jsonb_build_object(
                        'iterations', iterations, 'toolCalls', tool_calls,
                        'tokensUsed', jsonb_build_object(
                            'prompt', prompt, 'completion', completion, 'total', total),
                        'model', model, 'provider', provider)
                    ELSE jsonb_build_object(
                        'executionId', id, 'stepsCompleted', completed, 'stepsFailed', failed,
                        'stepsSkipped', skipped, 'totalSteps', completed + failed + skipped,
                        'tokensUsed', total)
               END AS metadata,
               jsonb_build_object(
                   'tokens', jsonb_build_object(
                       'prompt', prompt, 'completion', completion,
                       'cached', report_count(run -> 'tokens' -> 'cached'), 'total', total),
                   'memory', jsonb_build_object(
                       'tokens', memory, 'entries', entries, 'types', types),
                   'retryCount', retries,
                   'costUsd', CASE WHEN jsonb_typeof(run -> 'cost_usd') = 'number'
                                   THEN run -> 'cost_usd' END,
                   'models', CASE WHEN jsonb_typeof(run -> 'models') = 'array' THEN run -> 'models'
                                  WHEN run ->> 'model' IS NOT NULL
                                      THEN jsonb_build_array(run -> 'model')
                                  ELSE '[]' END,
                   'counts', jsonb_build_object(
                       'iterations', iterations,
                       'toolCalls', report_count(
                           run -> 'tool_calls_count', jsonb_array_length(tool_calls)),
                       'toolTimeMs', report_count(run -> 'tool_orchestration_time_ms'),
                       'stepRetries', report_count(run -> 'step_retries'),
                       'branches', report_count(run -> 'workflow' -> 'branches'),
                       'loopIterations', report_count(run -> 'workflow' -> 'loops'),
                       'parallelExecutions', report_count(run -> 'workflow' -> 'parallel')),
                   'pluginsUsed', report_array(run -> 'plugins_used')
               ) AS more
        FROM report r
    ),
    execution AS (
        INSERT INTO agent_executions (
            id, agent_id, user_id, execution_type, status, scheduled_at, started_at, completed_at,
            execution_duration_ms, error_message, progress, retry_count, logs)
        SELECT id, agent_id, user_id,
               CASE WHEN run ->> 'execution_type' = 'scheduled' THEN 'scheduled' ELSE 'manual' END,
               CASE WHEN success THEN 'completed' ELSE 'failed' END,
               coalesce((run ->> 'scheduled_at')::timestamptz, completed_at),
               coalesce((run ->> 'started_at')::timestamptz,
                        completed_at - clamp_integer(duration) * interval '1 millisecond'),
               completed_at, clamp_integer(duration), run ->> 'error', 100, clamp_integer(retries),
               jsonb_build_object(
                   'iterations', iterations, 'toolCalls', tool_calls, 'model', run -> 'model',
                   'provider', run -> 'provider')
               || metadata || more || jsonb_build_object(
                   CASE WHEN agentkit THEN 'agentkit' ELSE 'orchestrator' END, true,
                   'inputValuesUsed', report_count(run -> 'input_values_used'))
        FROM shaped
        ORDER BY id
        ON CONFLICT (id) DO NOTHING
        RETURNING id
    ),
    log AS (
        INSERT INTO agent_logs (
            execution_id, agent_id, user_id, run_output, full_output, status, run_time,
            user_credits_used, run_tokens)
        SELECT id, agent_id, user_id,
               CASE WHEN agentkit
                    THEN format(
                        '{"success":%s,"agentkit":true,"iterations":%s,"toolCallsCount":%s,'
                        '"tokensUsed":%s,"executionTimeMs":%s,"model":%s,"provider":%s}',
                        success::text, iterations,
                        report_count(run -> 'tool_calls_count', jsonb_array_length(tool_calls)),
                        total, duration, to_json(model), to_json(provider))
                    ELSE format(
                        '{"success":%s,"orchestrator":true,"stepsCompleted":%s,"stepsFailed":%s,'
                        '"stepsSkipped":%s,"totalSteps":%s,"tokensUsed":%s,"executionTimeMs":%s,'
                        '"executionId":"%s"}',
                        success::text, completed, failed, skipped, completed + failed + skipped,
                        total, duration, id)
               END,
               jsonb_build_object(
                   CASE WHEN agentkit THEN 'agentkit_metadata' ELSE 'orchestrator_metadata' END,
                   metadata) || more,
               CASE WHEN success THEN '✅ ' ELSE '❌ ' END
                   || CASE WHEN agentkit THEN 'AgentKit' ELSE 'Orchestrator' END
                   || CASE WHEN success THEN ' execution completed successfully'
                           ELSE ' execution failed' END,
               clamp_integer(duration), clamp_integer(ceil(total / tokens_per_credit)),
               clamp_integer(total)
        FROM execution JOIN shaped USING (id) CROSS JOIN config
        ON CONFLICT (execution_id) DO NOTHING
    )
    SELECT array_agg(
               ROW(agent_id, user_id, total, prompt, completion, duration,
                   CASE WHEN agentkit OR true_counts THEN iterations ELSE 1 END,
                   success, retries,
                   jsonb_array_length(report_array(CASE
                       WHEN true_counts THEN coalesce(run -> 'plugins_used', run -> 'declared_plugins')
                       ELSE coalesce(run -> 'declared_plugins', run -> 'plugins_used') END)),
                   report_count(run -> 'tool_calls_count', CASE
                       WHEN agentkit OR run ? 'tool_calls' THEN jsonb_array_length(tool_calls)
                       ELSE completed END),
                   report_count(
                       run -> 'tool_orchestration_time_ms', CASE WHEN agentkit THEN 0 ELSE duration END),
                   report_count(counts -> 'steps'), report_count(counts -> 'branches'),
                   report_count(counts -> 'loops'), report_count(counts -> 'parallel'),
                   memory, entries, jsonb_array_length(types)
               )::intensity_run ORDER BY completed_at, nth),
           array_agg(completed_at ORDER BY completed_at, nth)
    INTO new_runs, completions
    FROM execution JOIN shaped USING (id) CROSS JOIN config
    CROSS JOIN LATERAL (
        SELECT CASE WHEN true_counts THEN coalesce(run -> 'workflow', run -> 'definition')
                    ELSE coalesce(run -> 'definition', run -> 'workflow') END AS counts
        OFFSET 0
    ) AS chosen;
    IF new_runs IS NOT NULL THEN
        INSERT INTO agent_stats AS stats (agent_id, user_id, run_count, success_count, last_run_at)
        SELECT run.agent_id, run.user_id, count(*), count(*) FILTER (WHERE run.successful),
               max(run.completed_at)
        FROM ROWS FROM (unnest(new_runs), unnest(completions)) AS run (
            agent_id, user_id, tokens, input, output, duration, iterations, successful, retries,
            plugins, tool_calls, overhead, steps, branches, loops, parallel, memory, entries, types,
            completed_at)
        GROUP BY run.agent_id, run.user_id
        ORDER BY run.agent_id, run.user_id
        ON CONFLICT (agent_id, user_id) DO UPDATE
        SET run_count = coalesce(stats.run_count, 0) + excluded.run_count,
            success_count = coalesce(stats.success_count, 0) + excluded.success_count,
            last_run_at = greatest(stats.last_run_at, excluded.last_run_at);
        PERFORM fold_agent_intensity(new_runs);
    END IF;
    RETURN QUERY SELECT unnest(ids);
END
$$;
CREATE FUNCTION public.log_tool_calls(calls jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
DECLARE
    keys CONSTANT text[] := '{plugin,action,success,itemsReturned,executionTime,error}';
    call jsonb;
    clean jsonb := '[]';
BEGIN
    IF jsonb_typeof(calls) IS DISTINCT FROM 'array' THEN
        RETURN '[]';
    END IF;
    FOR i IN 0 .. jsonb_array_length(calls) - 1 LOOP
        call := calls -> i;
        EXIT WHEN NOT (call ?& keys AND call - keys = '{}');
        IF i = jsonb_array_length(calls) - 1 THEN
            RETURN calls;
        END IF;
    END LOOP;
    FOR i IN 0 .. jsonb_array_length(calls) - 1 LOOP
        call := calls -> i;
        clean := clean || jsonb_build_object(
            'plugin', coalesce(call ->> 'plugin', 'unknown'),
            'action', coalesce(call ->> 'action', 'unknown'),
            'success', coalesce(call -> 'success', 'true'),
            'itemsReturned', report_count(call -> 'itemsReturned'),
            'executionTime', report_count(call -> 'executionTime'),
            'error', call ->> 'error');
    END LOOP;
    RETURN clean;
END
$$;
CREATE FUNCTION public.memory_importance(success boolean, patterns jsonb, suggestions jsonb, feedback text, run_number integer) RETURNS integer
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT greatest(1, least(10, 5
        + CASE WHEN success THEN 0 ELSE 2 END
        + CASE WHEN patterns ->> 'recurring_error' <> '' THEN 2 ELSE 0 END
        + CASE WHEN patterns ->> 'success_pattern' <> '' THEN 1 ELSE 0 END
        + CASE WHEN patterns ->> 'performance_issue' <> '' THEN 1 ELSE 0 END
        + CASE WHEN feedback <> '' THEN 3 ELSE 0 END
        + CASE WHEN '' <> ANY (ARRAY[suggestions ->> 'improve_prompt',
            suggestions ->> 'adjust_schedule', suggestions ->> 'optimize_config'])
            THEN 1 ELSE 0 END
        - CASE WHEN success AND coalesce(patterns ->> 'recurring_error', '') = ''
            THEN 1 ELSE 0 END
        + CASE WHEN run_number = 1 THEN 2 ELSE 0 END
        + CASE WHEN run_number % 10 = 0 THEN 1 ELSE 0 END))
$$;
CREATE FUNCTION public.prompt_tokens(tokens jsonb) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT report_count(
        tokens -> 'prompt',
        greatest(report_count(tokens -> 'total') - completion_tokens(tokens), 0))
$$;
CREATE FUNCTION public.prune_journals(max_rows integer DEFAULT 1000) RETURNS bigint
    LANGUAGE sql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
CREATE FUNCTION public.prune_run_memories(max_rows integer DEFAULT 1000) RETURNS bigint
    LANGUAGE sql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
    WITH old AS MATERIALIZED (
        SELECT m.id FROM run_memories m
        WHERE m.expires_at < clock_timestamp() ORDER BY m.expires_at LIMIT max_rows
        FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM run_memories m WHERE m.id = ANY (ARRAY(SELECT old.id FROM old)) RETURNING 1
    )
    SELECT count(*) FROM gone
$$;
CREATE FUNCTION public.purge_journals(job_ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
CREATE FUNCTION public.record_finished_jobs(job_ids bigint[], settlements jsonb, attempt_ids uuid[] DEFAULT '{}'::uuid[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    reports jsonb;
BEGIN
    IF EXISTS (SELECT FROM jobs j WHERE j.id = ANY (job_ids) AND j.finished_at IS NULL) THEN
        PERFORM keep_run_reports(settlements, attempt_ids);
    END IF;
    SELECT jsonb_agg(
        coalesce(agent_definition(j.agent_id), '{}')
        || jsonb_strip_nulls(jsonb_build_object('model', ran.model, 'provider', ran.provider))
        || coalesce(run.said, '{}') || jsonb_build_object(
            'execution_id', j.execution_id, 'engine', j.kind, 'agent_id', j.agent_id,
            'user_id', j.user_id, 'execution_type', j.execution_type,
            'success', j.state = 'completed',
            'error', CASE j.state WHEN 'completed' THEN NULL WHEN 'cancelled' THEN 'cancelled'
                ELSE coalesce(j.last_error, 'failed') END,
            'scheduled_at', j.scheduled_at, 'started_at', ran.started_at,
            'completed_at', j.finished_at, 'duration_ms', ran.duration_ms,
            'retry_count', greatest(j.attempt - 1, 0)
                + coalesce((run.said ->> 'step_retries')::integer, 0),
            'input_values_used', coalesce(run.said -> 'input_values_used', to_jsonb((
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
    CROSS JOIN LATERAL (
        SELECT coalesce(said.run, journalled_run(j.execution_id, j.agent_id)) AS said
        OFFSET 0) AS run
    WHERE j.id = ANY (job_ids) AND j.kind IN ('agentkit', 'orchestrator')
        AND j.finished_at IS NOT NULL
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
CREATE FUNCTION public.remember_run(job bigint, attempt uuid, memory jsonb, most_kept integer, keep_s double precision, low_keep_s double precision) RETURNS integer
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    held jobs;
    number integer;
    importance integer;
BEGIN
    SELECT j.* INTO held FROM jobs j
    WHERE j.id = job AND j.attempt_id = remember_run.attempt FOR SHARE;
    IF held.id IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('run_memories ' || held.agent_id, 0));
    SELECT m.run_number INTO number FROM run_memories m WHERE m.id = held.execution_id;
    IF FOUND THEN
        RETURN number;
    END IF;
    SELECT coalesce(max(m.run_number), 0) + 1 INTO number
    FROM run_memories m WHERE m.agent_id = held.agent_id;
    importance := memory_importance((memory -> 'key_outcomes' ->> 'success')::boolean,
        memory -> 'patterns_detected', memory -> 'suggestions', NULL, number);
    INSERT INTO run_memories (
        id, agent_id, user_id, execution_id, run_number, run_timestamp, summary, sentiment,
        key_outcomes, patterns_detected, suggestions, importance_score, memory_type, token_count,
        model_used, credits_consumed, execution_time_ms, ais_score, created_at, expires_at)
    SELECT held.execution_id, held.agent_id, held.user_id::uuid, held.execution_id, number,
        clock_timestamp(), memory ->> 'summary', memory ->> 'sentiment', memory -> 'key_outcomes',
        memory -> 'patterns_detected', memory -> 'suggestions', importance, 'run',
        ceil(length(memory ->> 'summary') / 4.0), memory ->> 'model_used',
        ceil(used.total / coalesce(nullif(greatest((
            SELECT c.config_value::text::numeric FROM ais_system_config c
            WHERE c.config_key = 'tokens_per_log_credit'), 0), 0), 1000)),
        least(round(extract(epoch FROM clock_timestamp() - held.claimed_at
            + coalesce(earlier.took, '0')) * 1000), 2147483647),
        (SELECT m.combined_score FROM agent_intensity_metrics m WHERE m.agent_id = held.agent_id),
        clock_timestamp(),
        clock_timestamp()
            + make_interval(secs => CASE WHEN importance < 5 THEN low_keep_s ELSE keep_s END)
    FROM execution_usage(held.execution_id) AS used
    CROSS JOIN LATERAL (
        SELECT sum(a.ended_at - a.started_at) AS took FROM job_attempts a
        WHERE a.job_id = held.id) AS earlier;
    UPDATE run_memories m SET expires_at = clock_timestamp()
    WHERE m.id = ANY (ARRAY(
        SELECT old.id FROM run_memories old
        WHERE old.agent_id = held.agent_id AND old.user_id = held.user_id::uuid
            AND old.memory_type = 'run'
            AND coalesce(old.expires_at > clock_timestamp(), true)
        ORDER BY old.run_number DESC OFFSET most_kept LIMIT 100));
    RETURN number;
END $$;
CREATE FUNCTION public.report_array(value jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE WHEN jsonb_typeof(value) = 'array' THEN value ELSE '[]'::jsonb END
$$;
CREATE FUNCTION public.report_count(value jsonb, fallback bigint DEFAULT 0) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE
        WHEN jsonb_typeof(value) = 'number'
            THEN least(greatest(round(value::numeric), 0), 9007199254740991)::bigint
        ELSE fallback
    END
$$;
CREATE FUNCTION public.rescue_jobs(max_jobs integer DEFAULT 100, rescuer uuid DEFAULT NULL::uuid, held uuid[] DEFAULT '{}'::uuid[]) RETURNS TABLE(job_id bigint, attempt_id uuid, worker_id uuid, state text, error text)
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    dead record;
BEGIN
    FOR dead IN
        SELECT j.id, j.attempt_id, j.worker_id, j.worker_id IS NOT DISTINCT FROM rescuer AS orphan
        FROM jobs j
        WHERE j.state = 'running'
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
CREATE FUNCTION public.retry_job(id bigint) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
CREATE FUNCTION public.run_report_fault(run jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE
        WHEN NOT is_uuid(run -> 'execution_id') THEN 'execution_id'
        WHEN coalesce(run ->> 'engine', '') NOT IN ('agentkit', 'orchestrator') THEN 'engine'
        WHEN NOT is_uuid(run -> 'agent_id') THEN 'agent_id'
        WHEN NOT is_uuid(run -> 'user_id') THEN 'user_id'
        WHEN jsonb_typeof(run -> 'success') IS DISTINCT FROM 'boolean' THEN 'success'
        WHEN jsonb_typeof(run -> 'duration_ms') IS DISTINCT FROM 'number' THEN 'duration_ms'
        WHEN jsonb_typeof(run -> 'tokens' -> 'total') IS DISTINCT FROM 'number' THEN 'tokens.total'
    END
$$;
CREATE FUNCTION public.settle_jobs(settlements jsonb) RETURNS TABLE(attempt_id uuid, verdict text, total_tokens bigint)
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
            attempt = j.attempt - CASE WHEN s.outcome IN ('snooze', 'interrupt', 'wait', 'hold')
                AND j.cancel_requested_at IS NULL THEN 1 ELSE 0 END,
            snoozes = j.snoozes + CASE WHEN s.outcome = 'snooze' THEN 1 ELSE 0 END,
            run_at = CASE WHEN s.outcome IN ('retry', 'snooze')
                THEN clock_timestamp() + make_interval(secs => coalesce(s.delay_ms, 0) / 1000.0)
                ELSE j.run_at END,
            hold_key = CASE WHEN s.outcome = 'hold' THEN s.hold_key END,
            hold_reason = CASE WHEN s.outcome = 'hold' THEN coalesce(s.hold_reason, 'a limit') END,
            hold_until = CASE WHEN s.outcome = 'hold'
                THEN clock_timestamp()
                    + make_interval(secs => least(coalesce(s.delay_ms, 60000), 2764800000) / 1000.0)
                END,
            output = coalesce(s.output, j.output),
            last_error = coalesce(s.error, j.last_error)
        FROM said s
        WHERE j.id = s.job_id AND j.attempt_id = s.attempt_id
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
CREATE FUNCTION public.settled_state(outcome text, cancel_requested_at timestamp with time zone) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT CASE
        WHEN outcome NOT IN ('retry', 'snooze', 'interrupt', 'wait', 'hold') THEN outcome
        WHEN cancel_requested_at IS NOT NULL THEN 'cancelled'
        WHEN outcome = 'wait' THEN 'waiting'
        WHEN outcome = 'hold' THEN 'held'
        ELSE 'available'
    END
$$;
CREATE FUNCTION public.take_back_job(job bigint, reason text) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
CREATE FUNCTION public.update_agent_intensity_metrics(runs jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    fault text;
BEGIN
    IF jsonb_typeof(runs) IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION 'runs must be a JSON array' USING ERRCODE = '22023';
    END IF;
    SELECT format('run %s: %s is missing or not a UUID', nth,
                  CASE WHEN is_uuid(run -> 'agent_id') THEN 'user_id' ELSE 'agent_id' END)
    INTO fault
    FROM jsonb_array_elements(runs) WITH ORDINALITY AS element (run, nth)
    WHERE NOT is_uuid(run -> 'agent_id') OR NOT is_uuid(run -> 'user_id')
    LIMIT 1;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION '%', fault USING ERRCODE = '22023';
    END IF;
    PERFORM fold_agent_intensity(ARRAY(
        SELECT ROW(
            run ->> 'agent_id', run ->> 'user_id',
            report_count(run -> 'tokens_used'),
            report_count(run -> 'input_tokens'),
            report_count(run -> 'output_tokens'),
            report_count(run -> 'execution_duration_ms'),
            report_count(run -> 'iterations_count'),
            coalesce(run -> 'was_successful' = 'true', false),
            report_count(run -> 'retry_count'),
            jsonb_array_length(report_array(run -> 'plugins_used')),
            report_count(run -> 'tool_calls_count'),
            report_count(run -> 'tool_orchestration_time_ms'),
            report_count(run -> 'workflow_steps'),
            report_count(run -> 'conditional_branches'),
            report_count(run -> 'loop_iterations'),
            report_count(run -> 'parallel_executions'),
            report_count(run -> 'memory_tokens'),
            report_count(run -> 'memory_entry_count'),
            jsonb_array_length(report_array(run -> 'memory_types'))
        )::intensity_run
        FROM jsonb_array_elements(runs) WITH ORDINALITY AS element (run, nth)
        ORDER BY nth));
END
$$;
CREATE FUNCTION public.wake_held_jobs(max_jobs integer DEFAULT 100) RETURNS bigint
    LANGUAGE sql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
CREATE FUNCTION public.wake_parked_workers() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (
            SELECT FROM workers
            WHERE parked AND heartbeat_at + make_interval(secs => lease_s) > clock_timestamp())
        AND EXISTS (SELECT FROM enqueued WHERE state = 'available' AND run_at <= clock_timestamp())
    THEN
        PERFORM pg_notify('agent_worker_jobs', '');
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION public.wake_waiting_jobs(max_jobs integer DEFAULT 100) RETURNS TABLE(job_id bigint)
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
CREATE FUNCTION public.why_job(id bigint) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
CREATE TABLE public.agent_configurations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    agent_id uuid,
    user_id uuid,
    input_values jsonb,
    input_schema jsonb,
    status text,
    duration_ms integer,
    completed_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.agent_executions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    agent_id uuid,
    user_id uuid,
    execution_type text DEFAULT 'manual'::text NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    scheduled_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    completed_at timestamp with time zone,
    execution_duration_ms integer,
    error_message text,
    logs jsonb,
    result jsonb,
    progress integer DEFAULT 0 NOT NULL,
    retry_count integer DEFAULT 0 NOT NULL,
    cron_expression text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT agent_executions_execution_type_check CHECK ((execution_type = ANY (ARRAY['manual'::text, 'scheduled'::text]))),
    CONSTRAINT agent_executions_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'running'::text, 'completed'::text, 'failed'::text])))
);
CREATE TABLE public.agent_generation_logs (
    id character varying NOT NULL,
    prompt text NOT NULL,
    user_id character varying,
    existing_agent_id character varying,
    is_update boolean DEFAULT false NOT NULL,
    generated_agent_schema jsonb,
    identified_skills jsonb,
    openai_model character varying,
    total_tokens integer DEFAULT 0 NOT NULL,
    input_tokens integer DEFAULT 0 NOT NULL,
    cached_input_tokens integer DEFAULT 0 NOT NULL,
    output_tokens integer DEFAULT 0 NOT NULL,
    input_tokens_details jsonb,
    completion_tokens_details jsonb,
    generation_time_ms integer,
    retry_count integer DEFAULT 0 NOT NULL,
    validation_errors jsonb,
    success boolean DEFAULT false NOT NULL,
    error_message text,
    job_id bigint,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone
);
CREATE TABLE public.agent_intensity_metrics (
    agent_id uuid NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid,
    creation_score double precision DEFAULT 5 NOT NULL,
    execution_score double precision DEFAULT 5 NOT NULL,
    combined_score double precision DEFAULT 5 NOT NULL,
    intensity_score double precision DEFAULT 5 NOT NULL,
    creation_workflow_score double precision DEFAULT 5 NOT NULL,
    creation_plugin_score double precision DEFAULT 5 NOT NULL,
    creation_io_score double precision DEFAULT 5 NOT NULL,
    creation_trigger_score double precision DEFAULT 0 NOT NULL,
    creation_complexity_score double precision DEFAULT 5 NOT NULL,
    creation_token_efficiency_score double precision DEFAULT 5 NOT NULL,
    token_complexity_score double precision DEFAULT 5 NOT NULL,
    execution_complexity_score double precision DEFAULT 5 NOT NULL,
    plugin_complexity_score double precision DEFAULT 5 NOT NULL,
    workflow_complexity_score double precision DEFAULT 5 NOT NULL,
    memory_complexity_score double precision DEFAULT 0 NOT NULL,
    total_tokens_used bigint DEFAULT 0 NOT NULL,
    avg_tokens_per_run double precision DEFAULT 0 NOT NULL,
    peak_tokens_single_run bigint DEFAULT 0 NOT NULL,
    input_output_ratio double precision DEFAULT 1 NOT NULL,
    creation_tokens_used bigint DEFAULT 0 NOT NULL,
    total_creation_cost_usd numeric DEFAULT 0 NOT NULL,
    avg_output_tokens_per_run double precision DEFAULT 0 NOT NULL,
    output_token_growth_rate double precision DEFAULT 0 NOT NULL,
    output_token_baseline double precision DEFAULT 0 NOT NULL,
    output_token_alert_level text DEFAULT 'none'::text NOT NULL,
    avg_memory_tokens_per_run double precision DEFAULT 0 NOT NULL,
    memory_token_ratio double precision DEFAULT 0 NOT NULL,
    memory_entry_count bigint DEFAULT 0 NOT NULL,
    memory_type_diversity integer DEFAULT 0 NOT NULL,
    total_executions bigint DEFAULT 0 NOT NULL,
    successful_executions bigint DEFAULT 0 NOT NULL,
    failed_executions bigint DEFAULT 0 NOT NULL,
    avg_execution_duration_ms double precision DEFAULT 0 NOT NULL,
    peak_execution_duration_ms bigint DEFAULT 0 NOT NULL,
    total_iterations bigint DEFAULT 0 NOT NULL,
    avg_iterations_per_run double precision DEFAULT 1 NOT NULL,
    total_plugin_calls bigint DEFAULT 0 NOT NULL,
    unique_plugins_used integer DEFAULT 0 NOT NULL,
    avg_plugins_per_run double precision DEFAULT 0 NOT NULL,
    tool_orchestration_overhead_ms double precision DEFAULT 0 NOT NULL,
    workflow_steps_count bigint DEFAULT 0 NOT NULL,
    conditional_branches_count bigint DEFAULT 0 NOT NULL,
    loop_iterations_count bigint DEFAULT 0 NOT NULL,
    parallel_execution_count bigint DEFAULT 0 NOT NULL,
    success_rate double precision DEFAULT 100 NOT NULL,
    retry_rate double precision DEFAULT 0 NOT NULL,
    error_recovery_count bigint DEFAULT 0 NOT NULL,
    memory_footprint_mb double precision DEFAULT 0 NOT NULL,
    api_calls_per_run double precision DEFAULT 0 NOT NULL,
    calculation_method text DEFAULT 'weighted_average'::text NOT NULL,
    metrics_version integer DEFAULT 1 NOT NULL,
    last_calculated_at timestamp with time zone DEFAULT now() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT agent_intensity_metrics_output_token_alert_level_check CHECK ((output_token_alert_level = ANY (ARRAY['none'::text, 'monitor'::text, 'rescore'::text, 'upgrade'::text])))
)
WITH (fillfactor='60');
CREATE VIEW public.agent_intensity_distribution AS
 SELECT public.intensity_range(agent_intensity_metrics.intensity_score) AS intensity_range,
    count(*) AS agent_count,
    round((avg(agent_intensity_metrics.intensity_score))::numeric, 2) AS avg_score,
    round(avg(agent_intensity_metrics.total_tokens_used), 2) AS avg_total_tokens,
    round((avg(agent_intensity_metrics.success_rate))::numeric, 2) AS avg_success_rate,
    round(avg(agent_intensity_metrics.unique_plugins_used), 2) AS avg_plugins_used
   FROM public.agent_intensity_metrics
  GROUP BY (public.intensity_range(agent_intensity_metrics.intensity_score))
  ORDER BY (min(agent_intensity_metrics.intensity_score));
CREATE TABLE public.agent_logs (
    id bigint NOT NULL,
    execution_id uuid,
    agent_id uuid,
    user_id uuid,
    run_output text,
    full_output jsonb,
    status text,
    run_time integer,
    user_credits_used integer,
    run_tokens integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE public.agent_logs ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.agent_logs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.agent_stats (
    agent_id uuid NOT NULL,
    user_id uuid NOT NULL,
    run_count integer DEFAULT 0 NOT NULL,
    success_count integer DEFAULT 0 NOT NULL,
    last_run_at timestamp with time zone
)
WITH (fillfactor='70');
CREATE TABLE public.agent_token_baselines (
    agent_id uuid NOT NULL,
    output_sum bigint NOT NULL,
    output_rows bigint NOT NULL
)
WITH (fillfactor='70');
CREATE TABLE public.agent_worker_migrations (
    version integer NOT NULL,
    name text NOT NULL,
    checksum text,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.agents (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid,
    agent_name text,
    description text,
    user_prompt text,
    system_prompt text,
    enhanced_prompt text,
    status text DEFAULT 'draft'::text NOT NULL,
    mode text DEFAULT 'on_demand'::text NOT NULL,
    schedule_cron text,
    timezone text DEFAULT 'UTC'::text NOT NULL,
    schedule_enabled boolean DEFAULT false NOT NULL,
    next_run timestamp with time zone,
    last_run timestamp with time zone,
    workflow_steps jsonb,
    pilot_steps jsonb,
    input_schema jsonb,
    output_schema jsonb,
    plugins_required jsonb,
    connected_plugins jsonb,
    trigger_conditions jsonb,
    detected_categories jsonb,
    generated_plan text,
    ai_reasoning text,
    ai_confidence integer,
    created_from_prompt text,
    ai_generated_at timestamp with time zone,
    agent_config jsonb,
    model_preference text,
    intensity_score double precision DEFAULT 5 NOT NULL,
    last_intensity_update timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    memory_enabled boolean,
    CONSTRAINT agents_mode_check CHECK ((mode = ANY (ARRAY['on_demand'::text, 'scheduled'::text]))),
    CONSTRAINT agents_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'active'::text, 'inactive'::text, 'archived'::text, 'deleted'::text])))
)
WITH (fillfactor='80');
CREATE TABLE public.ais_normalization_ranges (
    range_key character varying(100) NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    category character varying(50),
    best_practice_min numeric(10,2) DEFAULT 0 NOT NULL,
    best_practice_max numeric(10,2) DEFAULT 0 NOT NULL,
    dynamic_min numeric(10,2) DEFAULT 0 NOT NULL,
    dynamic_max numeric(10,2) DEFAULT 0 NOT NULL,
    active_mode integer DEFAULT 0 NOT NULL,
    min_executions_threshold integer DEFAULT 10 NOT NULL,
    description text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ais_normalization_ranges_active_mode_check CHECK ((active_mode = ANY (ARRAY[0, 1])))
);
CREATE VIEW public.ais_active_ranges AS
 SELECT (ais_normalization_ranges.range_key)::text AS range_key,
        CASE
            WHEN mode.dynamic THEN ais_normalization_ranges.dynamic_min
            ELSE ais_normalization_ranges.best_practice_min
        END AS min_value,
        CASE
            WHEN mode.dynamic THEN ais_normalization_ranges.dynamic_max
            ELSE ais_normalization_ranges.best_practice_max
        END AS max_value,
    (ais_normalization_ranges.category)::text AS category,
    ais_normalization_ranges.description
   FROM (public.ais_normalization_ranges
     CROSS JOIN LATERAL ( SELECT ((ais_normalization_ranges.active_mode = 1) AND (ais_normalization_ranges.dynamic_max > ais_normalization_ranges.dynamic_min)) AS dynamic) mode);
CREATE TABLE public.ais_system_config (
    config_key text NOT NULL,
    config_value numeric,
    description text,
    category text,
    unit text,
    min_value numeric,
    max_value numeric,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_by text
);
CREATE VIEW public.ais_settings AS
 SELECT ((config.c ->> 'min_executions_for_score'::text))::double precision AS min_executions,
    ((config.c ->> 'ais_weight_tokens'::text))::double precision AS w_tokens,
    ((config.c ->> 'ais_weight_execution'::text))::double precision AS w_execution,
    ((config.c ->> 'ais_weight_plugins'::text))::double precision AS w_plugins,
    ((config.c ->> 'ais_weight_workflow'::text))::double precision AS w_workflow,
    ((config.c ->> 'ais_weight_memory'::text))::double precision AS w_memory,
    ((config.c ->> 'ais_weight_creation'::text))::double precision AS w_creation,
    ((config.c ->> 'ais_weight_execution_blend'::text))::double precision AS w_blend,
    ((config.c ->> 'ais_token_efficiency_weight'::text))::double precision AS w_efficiency,
    ((config.c ->> 'ais_execution_iterations_weight'::text))::double precision AS w_iterations,
    ((config.c ->> 'ais_execution_duration_weight'::text))::double precision AS w_duration,
    ((config.c ->> 'ais_execution_failure_weight'::text))::double precision AS w_failure,
    ((config.c ->> 'ais_execution_retry_weight'::text))::double precision AS w_retry,
    ((config.c ->> 'ais_plugin_count_weight'::text))::double precision AS w_plugin_count,
    ((config.c ->> 'ais_plugin_usage_weight'::text))::double precision AS w_plugin_usage,
    ((config.c ->> 'ais_plugin_overhead_weight'::text))::double precision AS w_plugin_overhead,
    ((config.c ->> 'ais_workflow_steps_weight'::text))::double precision AS w_steps,
    ((config.c ->> 'ais_workflow_branches_weight'::text))::double precision AS w_branches,
    ((config.c ->> 'ais_workflow_loops_weight'::text))::double precision AS w_loops,
    ((config.c ->> 'ais_workflow_parallel_weight'::text))::double precision AS w_parallel,
    ((config.c ->> 'ais_memory_ratio_weight'::text))::double precision AS w_memory_ratio,
    ((config.c ->> 'ais_memory_diversity_weight'::text))::double precision AS w_memory_diversity,
    ((config.c ->> 'ais_memory_volume_weight'::text))::double precision AS w_memory_volume,
    ((config.c ->> 'output_token_growth_monitor_threshold'::text))::double precision AS monitor_threshold,
    ((config.c ->> 'output_token_growth_monitor_adjustment'::text))::double precision AS monitor_adjustment,
    ((config.c ->> 'output_token_growth_rescore_threshold'::text))::double precision AS rescore_threshold,
    ((config.c ->> 'output_token_growth_rescore_adjustment'::text))::double precision AS rescore_adjustment,
    ((config.c ->> 'output_token_growth_upgrade_threshold'::text))::double precision AS upgrade_threshold,
    ((config.c ->> 'output_token_growth_upgrade_adjustment'::text))::double precision AS upgrade_adjustment,
    ((config.c ->> 'quality_success_threshold'::text))::double precision AS quality_success_threshold,
    ((config.c ->> 'quality_success_multiplier'::text))::double precision AS quality_success_multiplier,
    ((config.c ->> 'quality_retry_threshold'::text))::double precision AS quality_retry_threshold,
    ((config.c ->> 'quality_retry_multiplier'::text))::double precision AS quality_retry_multiplier,
    ranges.ratio_lo,
    ranges.ratio_hi,
    ranges.iterations_lo,
    ranges.iterations_hi,
    ranges.duration_lo,
    ranges.duration_hi,
    ranges.failure_lo,
    ranges.failure_hi,
    ranges.retry_lo,
    ranges.retry_hi,
    ranges.plugin_count_lo,
    ranges.plugin_count_hi,
    ranges.plugins_per_run_lo,
    ranges.plugins_per_run_hi,
    ranges.overhead_lo,
    ranges.overhead_hi,
    ranges.steps_lo,
    ranges.steps_hi,
    ranges.branches_lo,
    ranges.branches_hi,
    ranges.loops_lo,
    ranges.loops_hi,
    ranges.parallel_lo,
    ranges.parallel_hi,
    ranges.memory_ratio_lo,
    ranges.memory_ratio_hi,
    ranges.memory_diversity_lo,
    ranges.memory_diversity_hi,
    ranges.memory_volume_lo,
    ranges.memory_volume_hi
   FROM (( SELECT (public.ais_default_config() || COALESCE(jsonb_object_agg(ais_system_config.config_key, ais_system_config.config_value) FILTER (WHERE (ais_system_config.config_value IS NOT NULL)), '{}'::jsonb)) AS c
           FROM public.ais_system_config) config
     CROSS JOIN ( SELECT COALESCE(((active.r #>> '{token_io_ratio_min,0}'::text[]))::double precision, (0.5)::double precision) AS ratio_lo,
            COALESCE(((active.r #>> '{token_io_ratio_max,0}'::text[]))::double precision, (3)::double precision) AS ratio_hi,
            ((active.r #>> '{iterations,0}'::text[]))::double precision AS iterations_lo,
            ((active.r #>> '{iterations,1}'::text[]))::double precision AS iterations_hi,
            ((active.r #>> '{duration_ms,0}'::text[]))::double precision AS duration_lo,
            ((active.r #>> '{duration_ms,1}'::text[]))::double precision AS duration_hi,
            ((active.r #>> '{failure_rate,0}'::text[]))::double precision AS failure_lo,
            ((active.r #>> '{failure_rate,1}'::text[]))::double precision AS failure_hi,
            ((active.r #>> '{retry_rate,0}'::text[]))::double precision AS retry_lo,
            ((active.r #>> '{retry_rate,1}'::text[]))::double precision AS retry_hi,
            ((active.r #>> '{plugin_count,0}'::text[]))::double precision AS plugin_count_lo,
            ((active.r #>> '{plugin_count,1}'::text[]))::double precision AS plugin_count_hi,
            ((active.r #>> '{plugins_per_run,0}'::text[]))::double precision AS plugins_per_run_lo,
            ((active.r #>> '{plugins_per_run,1}'::text[]))::double precision AS plugins_per_run_hi,
            ((active.r #>> '{orchestration_overhead_ms,0}'::text[]))::double precision AS overhead_lo,
            ((active.r #>> '{orchestration_overhead_ms,1}'::text[]))::double precision AS overhead_hi,
            ((active.r #>> '{workflow_steps,0}'::text[]))::double precision AS steps_lo,
            ((active.r #>> '{workflow_steps,1}'::text[]))::double precision AS steps_hi,
            ((active.r #>> '{branches,0}'::text[]))::double precision AS branches_lo,
            ((active.r #>> '{branches,1}'::text[]))::double precision AS branches_hi,
            ((active.r #>> '{loops,0}'::text[]))::double precision AS loops_lo,
            ((active.r #>> '{loops,1}'::text[]))::double precision AS loops_hi,
            ((active.r #>> '{parallel,0}'::text[]))::double precision AS parallel_lo,
            ((active.r #>> '{parallel,1}'::text[]))::double precision AS parallel_hi,
            ((active.r #>> '{memory_ratio,0}'::text[]))::double precision AS memory_ratio_lo,
            ((active.r #>> '{memory_ratio,1}'::text[]))::double precision AS memory_ratio_hi,
            ((active.r #>> '{memory_diversity,0}'::text[]))::double precision AS memory_diversity_lo,
            ((active.r #>> '{memory_diversity,1}'::text[]))::double precision AS memory_diversity_hi,
            ((active.r #>> '{memory_volume,0}'::text[]))::double precision AS memory_volume_lo,
            ((active.r #>> '{memory_volume,1}'::text[]))::double precision AS memory_volume_hi
           FROM ( SELECT jsonb_object_agg(ais_active_ranges.range_key, jsonb_build_array(ais_active_ranges.min_value, ais_active_ranges.max_value)) AS r
                   FROM public.ais_active_ranges) active) ranges);
CREATE TABLE public.jobs (
    id bigint NOT NULL,
    queue text DEFAULT 'default'::text NOT NULL,
    kind text NOT NULL,
    priority smallint DEFAULT 0 NOT NULL,
    payload jsonb DEFAULT '{}'::jsonb NOT NULL,
    user_id text,
    agent_id uuid,
    execution_id uuid DEFAULT gen_random_uuid() NOT NULL,
    execution_type text DEFAULT 'manual'::text NOT NULL,
    state text DEFAULT 'available'::text NOT NULL,
    run_at timestamp with time zone DEFAULT now() NOT NULL,
    scheduled_at timestamp with time zone,
    attempt integer DEFAULT 0 NOT NULL,
    max_attempts integer DEFAULT 3 NOT NULL,
    snoozes integer DEFAULT 0 NOT NULL,
    timeout_s integer,
    attempt_id uuid,
    worker_id uuid,
    claimed_at timestamp with time zone,
    unique_key text,
    hold_reason text,
    hold_until timestamp with time zone,
    wait_until timestamp with time zone,
    output jsonb,
    last_error text,
    trace_context text,
    cancel_requested_at timestamp with time zone,
    retry_of bigint,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    hold_key text,
    CONSTRAINT "agentkit and orchestrator jobs need a UUID jobs.user_id" CHECK (((kind <> ALL (ARRAY['agentkit'::text, 'orchestrator'::text])) OR COALESCE((user_id ~ '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$'::text), false))),
    CONSTRAINT "agentkit and orchestrator jobs need jobs.agent_id" CHECK (((kind <> ALL (ARRAY['agentkit'::text, 'orchestrator'::text])) OR (agent_id IS NOT NULL))),
    CONSTRAINT "final states and only they have finished_at" CHECK (((state = ANY (ARRAY['completed'::text, 'failed'::text, 'cancelled'::text])) = (finished_at IS NOT NULL))),
    CONSTRAINT "generation jobs need a text in payload.prompt" CHECK (((kind <> 'generation'::text) OR COALESCE((jsonb_typeof((payload -> 'prompt'::text)) = 'string'::text), false))),
    CONSTRAINT "held needs hold_reason" CHECK (((state <> 'held'::text) OR (hold_reason IS NOT NULL))),
    CONSTRAINT "jobs.execution_type must be manual or scheduled" CHECK ((execution_type = ANY (ARRAY['manual'::text, 'scheduled'::text]))),
    CONSTRAINT "jobs.kind and jobs.queue must be 1 to 100 characters" CHECK ((((length(kind) >= 1) AND (length(kind) <= 100)) AND ((length(queue) >= 1) AND (length(queue) <= 100)))),
    CONSTRAINT "jobs.max_attempts must be 1 to 100" CHECK (((max_attempts >= 1) AND (max_attempts <= 100))),
    CONSTRAINT "jobs.payload must be a JSON object" CHECK ((jsonb_typeof(payload) = 'object'::text)),
    CONSTRAINT "jobs.priority must be 0 (first) to 9" CHECK (((priority >= 0) AND (priority <= 9))),
    CONSTRAINT "jobs.run_at must be a finite time" CHECK (isfinite(run_at)),
    CONSTRAINT "jobs.state must be one the queue knows" CHECK ((state = ANY (ARRAY['available'::text, 'held'::text, 'running'::text, 'waiting'::text, 'completed'::text, 'failed'::text, 'cancelled'::text]))),
    CONSTRAINT "jobs.timeout_s must be 1 to 86400" CHECK (((timeout_s >= 1) AND (timeout_s <= 86400))),
    CONSTRAINT "jobs.unique_key must be 1 to 500 characters" CHECK (((length(unique_key) >= 1) AND (length(unique_key) <= 500))),
    CONSTRAINT "only running has an attempt_id" CHECK (((attempt_id IS NULL) OR (state = 'running'::text))),
    CONSTRAINT "running needs attempt_id, worker_id, claimed_at" CHECK (((state <> 'running'::text) OR ((attempt_id IS NOT NULL) AND (worker_id IS NOT NULL) AND (claimed_at IS NOT NULL))))
)
WITH (autovacuum_vacuum_scale_factor='0.01', autovacuum_vacuum_threshold='1000', autovacuum_analyze_scale_factor='0.05', autovacuum_vacuum_cost_delay='0', fillfactor='85');
CREATE TABLE public.run_steps (
    execution_id uuid NOT NULL,
    step_key text NOT NULL,
    kind text NOT NULL,
    fingerprint text NOT NULL,
    effect text DEFAULT 'none'::text NOT NULL,
    attempt_id uuid NOT NULL,
    status text NOT NULL,
    output json,
    usage jsonb,
    request jsonb,
    wait_until timestamp with time zone,
    error text,
    divergences integer DEFAULT 0 NOT NULL,
    retention_s integer DEFAULT 0 NOT NULL,
    keep_until timestamp with time zone,
    started_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    ended_at timestamp with time zone,
    plugin text,
    action text,
    CONSTRAINT "done has an output" CHECK (((status <> 'done'::text) OR (output IS NOT NULL))),
    CONSTRAINT "only events wait" CHECK (((status <> 'waiting'::text) OR (kind = 'event'::text))),
    CONSTRAINT "run_steps.effect must be one the journal knows" CHECK ((effect = ANY (ARRAY['none'::text, 'idempotent'::text, 'once'::text]))),
    CONSTRAINT "run_steps.kind must be one the journal knows" CHECK ((kind = ANY (ARRAY['model'::text, 'tool'::text, 'step'::text, 'delay'::text, 'event'::text]))),
    CONSTRAINT "run_steps.status must be one the journal knows" CHECK ((status = ANY (ARRAY['claimed'::text, 'done'::text, 'unknown'::text, 'waiting'::text])))
)
WITH (autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_cost_delay='0');
CREATE TABLE public.token_usage (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id text,
    agent_id uuid,
    execution_id uuid,
    job_id bigint,
    attempt_id uuid,
    status text DEFAULT 'settled'::text NOT NULL,
    provider text,
    model_name text,
    input_tokens integer,
    output_tokens integer,
    cached_tokens integer,
    reasoning_tokens integer,
    cost_usd numeric,
    estimated_input_tokens integer,
    estimated_output_tokens integer,
    estimated_cost_usd numeric,
    is_estimate boolean DEFAULT false NOT NULL,
    raw_usage jsonb,
    request_type text DEFAULT 'chat'::text NOT NULL,
    session_id text,
    category text DEFAULT 'general'::text NOT NULL,
    call_id text,
    endpoint text,
    feature text,
    component text,
    workflow_step text,
    latency_ms integer,
    response_size_bytes integer,
    success boolean DEFAULT true NOT NULL,
    error_code text,
    error_message text,
    request_payload jsonb,
    response_metadata jsonb,
    activity_type text,
    activity_name text,
    activity_step text,
    metadata jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    total_tokens bigint GENERATED ALWAYS AS (
CASE
    WHEN ((input_tokens IS NULL) AND (output_tokens IS NULL)) THEN NULL::bigint
    ELSE ((COALESCE(input_tokens, 0))::bigint + COALESCE(output_tokens, 0))
END) STORED,
    cache_write_tokens integer,
    cache_write_1h_tokens integer,
    service_tier text,
    CONSTRAINT token_usage_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'settled'::text, 'failed'::text, 'unknown'::text])))
);
CREATE VIEW public.invariant_violations AS
 SELECT 'I1'::text AS invariant,
    ('job '::text || j.id) AS subject,
    format('state %s, attempt_id %s, worker_id %s, claimed_at %s, finished_at %s'::text, j.state, j.attempt_id, j.worker_id, j.claimed_at, j.finished_at) AS detail
   FROM public.jobs j
  WHERE (((j.state = 'running'::text) AND ((j.attempt_id IS NULL) OR (j.worker_id IS NULL) OR (j.claimed_at IS NULL))) OR ((j.state = ANY (ARRAY['completed'::text, 'failed'::text, 'cancelled'::text])) <> (j.finished_at IS NOT NULL)))
UNION ALL
 SELECT 'I2'::text AS invariant,
    ('job '::text || j.id) AS subject,
    format('state %s still has attempt %s'::text, j.state, j.attempt_id) AS detail
   FROM public.jobs j
  WHERE ((j.attempt_id IS NOT NULL) AND (j.state <> 'running'::text))
UNION ALL
 SELECT 'I3'::text AS invariant,
    ('attempt '::text || a.attempt_id) AS subject,
    format('settled as %s, yet job %s runs it'::text, a.outcome, j.id) AS detail
   FROM (public.jobs j
     JOIN public.job_attempts a ON ((a.attempt_id = j.attempt_id)))
UNION ALL
 SELECT 'I3'::text AS invariant,
    ('job '::text || j.id) AS subject,
    format('counts %s attempts, the ledger has %s'::text, j.attempt, ended.counted) AS detail
   FROM (public.jobs j
     CROSS JOIN LATERAL ( SELECT count(*) FILTER (WHERE (a.outcome <> ALL (ARRAY['snooze'::text, 'interrupt'::text, 'wait'::text]))) AS counted
           FROM public.job_attempts a
          WHERE (a.job_id = j.id)) ended)
  WHERE (j.attempt <> (ended.counted +
        CASE
            WHEN (j.state = 'running'::text) THEN 1
            ELSE 0
        END))
UNION ALL
 SELECT 'I4'::text AS invariant,
    ('job '::text || j.id) AS subject,
    format('%s without a ledger row'::text, j.state) AS detail
   FROM public.jobs j
  WHERE ((j.state = ANY (ARRAY['completed'::text, 'failed'::text])) AND (NOT (EXISTS ( SELECT
           FROM public.job_attempts a
          WHERE ((a.job_id = j.id) AND (a.outcome = j.state))))))
UNION ALL
 SELECT 'I5'::text AS invariant,
    ('job '::text || j.id) AS subject,
    format('%s %s job has %s agent_executions and %s agent_logs rows'::text, j.state, j.kind, executions.n, logs.n) AS detail
   FROM ((public.jobs j
     CROSS JOIN LATERAL ( SELECT count(*) AS n
           FROM public.agent_executions e
          WHERE (e.id = j.execution_id)) executions)
     CROSS JOIN LATERAL ( SELECT count(*) AS n
           FROM public.agent_logs l
          WHERE (l.execution_id = j.execution_id)) logs)
  WHERE ((j.kind = ANY (ARRAY['agentkit'::text, 'orchestrator'::text])) AND (ROW(executions.n, logs.n) IS DISTINCT FROM
        CASE
            WHEN ((j.finished_at IS NOT NULL) AND (EXISTS ( SELECT
               FROM public.job_attempts a
              WHERE (a.job_id = j.id)))) THEN ROW((1)::bigint, (1)::bigint)
            ELSE ROW((0)::bigint, (0)::bigint)
        END))
UNION ALL
 SELECT 'I5'::text AS invariant,
    ('job '::text || j.id) AS subject,
    format('%s generation job without a completed log'::text, j.state) AS detail
   FROM public.jobs j
  WHERE ((j.kind = 'generation'::text) AND (j.finished_at IS NOT NULL) AND (EXISTS ( SELECT
           FROM public.job_attempts a
          WHERE (a.job_id = j.id))) AND (NOT (EXISTS ( SELECT
           FROM public.agent_generation_logs g
          WHERE (((g.id)::text = (j.execution_id)::text) AND (g.completed_at IS NOT NULL) AND (g.success = (j.state = 'completed'::text)))))))
UNION ALL
 SELECT 'I5'::text AS invariant,
    ('generation log '::text || (g.id)::text) AS subject,
    format('completed while job %s is %s'::text, j.id, j.state) AS detail
   FROM (public.agent_generation_logs g
     JOIN public.jobs j ON (((j.execution_id)::text = (g.id)::text)))
  WHERE ((g.completed_at IS NOT NULL) AND (j.finished_at IS NULL))
UNION ALL
 SELECT 'I5'::text AS invariant,
    format('agent %s of user %s'::text, counted.agent_id, counted.user_id) AS subject,
    format('agent_stats says %s runs, %s successes; agent_executions %s, %s'::text, COALESCE(s.run_count, 0), COALESCE(s.success_count, 0), counted.runs, counted.successes) AS detail
   FROM (( SELECT e.agent_id,
            e.user_id,
            count(*) AS runs,
            count(*) FILTER (WHERE (e.status = 'completed'::text)) AS successes
           FROM public.agent_executions e
          WHERE (e.status = ANY (ARRAY['completed'::text, 'failed'::text]))
          GROUP BY e.agent_id, e.user_id) counted
     LEFT JOIN public.agent_stats s ON (((s.agent_id = counted.agent_id) AND (s.user_id = counted.user_id))))
  WHERE ((COALESCE(s.run_count, 0) IS DISTINCT FROM counted.runs) OR (COALESCE(s.success_count, 0) IS DISTINCT FROM counted.successes))
UNION ALL
 SELECT 'I5'::text AS invariant,
    ('agent '::text || counted.agent_id) AS subject,
    format('agent_intensity_metrics counts %s executions, agent_executions has %s'::text, COALESCE(m.total_executions, (0)::bigint), counted.runs) AS detail
   FROM (( SELECT e.agent_id,
            count(*) AS runs
           FROM public.agent_executions e
          WHERE (e.status = ANY (ARRAY['completed'::text, 'failed'::text]))
          GROUP BY e.agent_id) counted
     LEFT JOIN public.agent_intensity_metrics m ON ((m.agent_id = counted.agent_id)))
  WHERE (COALESCE(m.total_executions, (0)::bigint) <> counted.runs)
UNION ALL
 SELECT 'I8'::text AS invariant,
    ('job '::text || j.id) AS subject,
    format('%s attempts of %s'::text, j.attempt, j.max_attempts) AS detail
   FROM public.jobs j
  WHERE (j.attempt > j.max_attempts)
UNION ALL
 SELECT 'I9'::text AS invariant,
    ('token_usage '::text || u.id) AS subject,
    format('pending though attempt %s ended'::text, u.attempt_id) AS detail
   FROM (public.token_usage u
     JOIN public.job_attempts a ON ((a.attempt_id = u.attempt_id)))
  WHERE (u.status = 'pending'::text)
UNION ALL
 SELECT 'I8'::text AS invariant,
    ('job '::text || j.id) AS subject,
    'waiting, yet no event of its journal is open'::text AS detail
   FROM public.jobs j
  WHERE ((j.state = 'waiting'::text) AND (NOT (EXISTS ( SELECT
           FROM public.run_steps r
          WHERE ((r.execution_id = j.execution_id) AND (r.kind = 'event'::text) AND (r.status = 'waiting'::text))))))
UNION ALL
 SELECT 'I9'::text AS invariant,
    format('run_steps %s of execution %s'::text, r.step_key, r.execution_id) AS subject,
    format('claimed though attempt %s ended'::text, r.attempt_id) AS detail
   FROM (public.run_steps r
     JOIN public.job_attempts a ON ((a.attempt_id = r.attempt_id)))
  WHERE (r.status = 'claimed'::text)
UNION ALL
 SELECT 'I9'::text AS invariant,
    format('run_steps %s of job %s'::text, r.step_key, j.id) AS subject,
    format('kept without a date though the job is %s'::text, j.state) AS detail
   FROM (public.run_steps r
     JOIN public.jobs j ON ((j.execution_id = r.execution_id)))
  WHERE ((j.finished_at IS NOT NULL) AND (r.keep_until IS NULL));
ALTER TABLE public.jobs ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.jobs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.run_memories (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    agent_id uuid,
    user_id uuid,
    execution_id uuid,
    run_number integer,
    run_timestamp timestamp with time zone DEFAULT now() NOT NULL,
    summary text,
    sentiment text,
    key_outcomes jsonb,
    patterns_detected jsonb,
    suggestions jsonb,
    user_feedback text,
    importance_score integer DEFAULT 5 NOT NULL,
    memory_type text DEFAULT 'run'::text NOT NULL,
    token_count integer,
    model_used text,
    credits_consumed integer,
    execution_time_ms integer,
    ais_score double precision,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    last_accessed_at timestamp with time zone,
    CONSTRAINT run_memories_importance_score_check CHECK (((importance_score >= 1) AND (importance_score <= 10))),
    CONSTRAINT run_memories_memory_type_check CHECK ((memory_type = ANY (ARRAY['run'::text, 'consolidated'::text, 'milestone'::text]))),
    CONSTRAINT run_memories_sentiment_check CHECK ((sentiment = ANY (ARRAY['positive'::text, 'neutral'::text, 'negative'::text, 'mixed'::text])))
);
CREATE VIEW public.top_complex_agents AS
 SELECT m.agent_id AS id,
    a.agent_name,
    m.user_id,
    (m.intensity_score)::numeric(4,2) AS intensity_score,
    (public.intensity_multiplier(m.intensity_score))::numeric(4,2) AS pricing_multiplier,
    m.total_executions,
    m.total_tokens_used,
    (m.success_rate)::numeric(5,2) AS success_rate,
    m.unique_plugins_used,
    m.last_calculated_at
   FROM (public.agent_intensity_metrics m
     LEFT JOIN public.agents a ON ((a.id = m.agent_id)))
  ORDER BY m.intensity_score DESC, m.total_executions DESC, m.agent_id
 LIMIT 100;
CREATE TABLE public.user_memory (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid,
    memory_key text,
    memory_value text,
    memory_type text DEFAULT 'fact'::text NOT NULL,
    importance numeric(3,2) DEFAULT 0.5 NOT NULL,
    usage_count integer DEFAULT 0 NOT NULL,
    last_used_at timestamp with time zone,
    source text,
    source_agent_id uuid,
    source_execution_id uuid,
    metadata jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT user_memory_importance_check CHECK (((importance >= (0)::numeric) AND (importance <= (1)::numeric))),
    CONSTRAINT user_memory_memory_type_check CHECK ((memory_type = ANY (ARRAY['preference'::text, 'context'::text, 'pattern'::text, 'fact'::text])))
);
CREATE TABLE public.workers (
    id uuid NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    version text NOT NULL,
    queues text[] NOT NULL,
    kinds text[] NOT NULL,
    concurrency integer NOT NULL,
    lease_s double precision DEFAULT 30 NOT NULL,
    started_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    heartbeat_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    parked boolean DEFAULT false NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_threshold='50', autovacuum_vacuum_scale_factor='0');
ALTER TABLE ONLY public.agent_configurations
    ADD CONSTRAINT agent_configurations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.agent_executions
    ADD CONSTRAINT agent_executions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.agent_generation_logs
    ADD CONSTRAINT agent_generation_logs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.agent_intensity_metrics
    ADD CONSTRAINT agent_intensity_metrics_pkey PRIMARY KEY (agent_id);
ALTER TABLE ONLY public.agent_logs
    ADD CONSTRAINT agent_logs_execution_id_key UNIQUE (execution_id);
ALTER TABLE ONLY public.agent_logs
    ADD CONSTRAINT agent_logs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.agent_stats
    ADD CONSTRAINT agent_stats_pkey PRIMARY KEY (agent_id, user_id);
ALTER TABLE ONLY public.agent_token_baselines
    ADD CONSTRAINT agent_token_baselines_pkey PRIMARY KEY (agent_id);
ALTER TABLE ONLY public.agent_worker_migrations
    ADD CONSTRAINT agent_worker_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY public.agents
    ADD CONSTRAINT agents_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.ais_normalization_ranges
    ADD CONSTRAINT ais_normalization_ranges_pkey PRIMARY KEY (range_key);
ALTER TABLE ONLY public.ais_system_config
    ADD CONSTRAINT ais_system_config_pkey PRIMARY KEY (config_key);
ALTER TABLE ONLY public.job_attempts
    ADD CONSTRAINT job_attempts_pkey PRIMARY KEY (attempt_id);
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT "jobs.execution_id must be unique" UNIQUE (execution_id);
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.run_memories
    ADD CONSTRAINT run_memories_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.run_steps
    ADD CONSTRAINT run_steps_pkey PRIMARY KEY (execution_id, step_key);
ALTER TABLE ONLY public.token_usage
    ADD CONSTRAINT token_usage_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.user_memory
    ADD CONSTRAINT user_memory_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.user_memory
    ADD CONSTRAINT user_memory_user_id_memory_key_key UNIQUE (user_id, memory_key);
ALTER TABLE ONLY public.workers
    ADD CONSTRAINT workers_pkey PRIMARY KEY (id);
CREATE INDEX agent_configurations_agent_id_user_id_created_at_idx ON public.agent_configurations USING btree (agent_id, user_id, created_at DESC);
CREATE INDEX agent_executions_agent_id_completed_at_idx ON public.agent_executions USING btree (agent_id, completed_at DESC);
CREATE INDEX agent_executions_completed_at_idx ON public.agent_executions USING brin (completed_at) WITH (autosummarize='on');
CREATE INDEX agent_generation_logs_created_at_idx ON public.agent_generation_logs USING btree (created_at) INCLUDE (user_id, total_tokens, success, generation_time_ms, retry_count);
CREATE INDEX agent_generation_logs_user_id_created_at_idx ON public.agent_generation_logs USING btree (user_id, created_at DESC);
CREATE INDEX agent_logs_agent_id_created_at_idx ON public.agent_logs USING btree (agent_id, created_at DESC);
CREATE INDEX agents_user_id_idx ON public.agents USING btree (user_id);
CREATE INDEX job_attempts_job ON public.job_attempts USING btree (job_id);
CREATE UNIQUE INDEX "jobs.unique_key is taken" ON public.jobs USING btree (unique_key) WHERE ((unique_key IS NOT NULL) AND (state <> ALL (ARRAY['failed'::text, 'cancelled'::text])));
CREATE INDEX jobs_claim ON public.jobs USING btree (queue, priority, run_at, id) WHERE (state = 'available'::text);
CREATE INDEX jobs_due ON public.jobs USING btree (queue, run_at) WHERE (state = 'available'::text);
CREATE INDEX jobs_running ON public.jobs USING btree (worker_id) WHERE (state = 'running'::text);
CREATE INDEX jobs_user ON public.jobs USING btree (user_id, id DESC) WHERE (user_id IS NOT NULL);
CREATE INDEX jobs_wait_until ON public.jobs USING btree (wait_until) WHERE (state = 'waiting'::text);
CREATE INDEX run_memories_agent_id_importance_score_idx ON public.run_memories USING btree (agent_id, importance_score DESC);
CREATE INDEX run_memories_agent_id_run_number_idx ON public.run_memories USING btree (agent_id, run_number DESC);
CREATE INDEX run_memories_agent_id_run_timestamp_idx ON public.run_memories USING btree (agent_id, run_timestamp DESC);
CREATE INDEX run_memories_agent_id_user_id_run_number_idx ON public.run_memories USING btree (agent_id, user_id, run_number DESC);
CREATE INDEX run_memories_expires_at_idx ON public.run_memories USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE INDEX run_steps_keep_until ON public.run_steps USING btree (keep_until) WHERE (keep_until IS NOT NULL);
CREATE INDEX token_usage_agent_id_created_at_idx ON public.token_usage USING btree (agent_id, created_at);
CREATE INDEX token_usage_attempt_id_idx ON public.token_usage USING btree (attempt_id);
CREATE INDEX token_usage_created_at_idx ON public.token_usage USING brin (created_at) WITH (autosummarize='on');
CREATE INDEX token_usage_execution_id_idx ON public.token_usage USING btree (execution_id);
CREATE INDEX token_usage_pending_idx ON public.token_usage USING btree (created_at) WHERE (status = 'pending'::text);
CREATE INDEX user_memory_user_id_importance_memory_key_idx ON public.user_memory USING btree (user_id, importance DESC, memory_key);
CREATE TRIGGER jobs_wake AFTER INSERT ON public.jobs REFERENCING NEW TABLE AS enqueued FOR EACH STATEMENT EXECUTE FUNCTION public.wake_parked_workers();
CREATE TRIGGER token_usage_deleted AFTER DELETE ON public.token_usage REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.count_token_usage();
CREATE TRIGGER token_usage_inserted AFTER INSERT ON public.token_usage REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.count_token_usage();
CREATE TRIGGER token_usage_truncated AFTER TRUNCATE ON public.token_usage FOR EACH STATEMENT EXECUTE FUNCTION public.count_token_usage();
CREATE TRIGGER token_usage_updated AFTER UPDATE ON public.token_usage REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.count_token_usage();
