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
CREATE TYPE public.run_record AS (
	id uuid,
	agent_id uuid,
	user_id uuid,
	agentkit boolean,
	success boolean,
	error text,
	execution_type text,
	scheduled_at timestamp with time zone,
	started_at timestamp with time zone,
	completed_at timestamp with time zone,
	duration bigint,
	retries bigint,
	inputs bigint,
	prompt bigint,
	completion bigint,
	cached bigint,
	total bigint,
	cost numeric,
	models jsonb,
	model jsonb,
	provider jsonb,
	definition jsonb,
	declared jsonb,
	report jsonb
);
CREATE FUNCTION public.agent_definition(agent uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    RETURN (
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
        FROM agents a WHERE a.id = agent_definition.agent);
END $$;
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
CREATE FUNCTION public.announce_default_models(provider_input text, models jsonb) RETURNS void
    LANGUAGE sql
    SET search_path TO 'public', 'pg_temp'
    AS $$
    DELETE FROM default_models d WHERE provider_input IS NULL OR NOT models ? d.kind;
    INSERT INTO default_models AS d (kind, provider, model)
    SELECT m.key, provider_input, m.value
    FROM jsonb_each_text(models) AS m WHERE provider_input IS NOT NULL
    ORDER BY m.key
    ON CONFLICT (kind) DO UPDATE SET provider = excluded.provider, model = excluded.model
    WHERE (d.provider, d.model) IS DISTINCT FROM (excluded.provider, excluded.model);
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
CREATE FUNCTION public.begin_cooldown(provider_input text, model_input text, kind_input text, reason_input text, asked_s double precision, base_s double precision, cap_s double precision, probe uuid DEFAULT NULL::uuid, job bigint DEFAULT NULL::bigint) RETURNS TABLE(left_ms double precision, is_new boolean, refusals bigint, line text)
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    old provider_cooldowns;
    new provider_cooldowns;
    at_time timestamptz := clock_timestamp();
BEGIN
    LOOP
        INSERT INTO provider_cooldowns (provider, model, kind, reason, until)
        VALUES (provider_input, model_input, kind_input, reason_input,
            at_time + make_interval(secs => coalesce(asked_s, base_s)))
        ON CONFLICT DO NOTHING RETURNING * INTO new;
        is_new := FOUND;
        EXIT WHEN is_new;
        SELECT * INTO old FROM provider_cooldowns c
        WHERE c.provider = provider_input AND c.model = model_input FOR UPDATE;
        EXIT WHEN FOUND;
    END LOOP;
    IF NOT is_new THEN
        UPDATE provider_cooldowns c SET
            strikes = c.strikes + CASE WHEN c.probe_by = probe THEN 1 ELSE 0 END,
            until = CASE WHEN c.probe_by = probe
                THEN clock_timestamp() + make_interval(secs => greatest(
                    coalesce(asked_s, 0), least(cap_s, base_s * 2 ^ least(c.strikes + 1, 30))))
                ELSE greatest(c.until, at_time + make_interval(secs => coalesce(asked_s, 0))) END,
            kind = CASE WHEN c.kind = 'quota' THEN c.kind ELSE kind_input END,
            reason = CASE WHEN c.kind = 'quota' AND kind_input <> 'quota'
                THEN c.reason ELSE reason_input END,
            probe_by = CASE WHEN c.probe_by = probe THEN NULL ELSE c.probe_by END,
            probe_until = CASE WHEN c.probe_by = probe THEN NULL ELSE c.probe_until END
        WHERE c.provider = provider_input AND c.model = model_input
        RETURNING * INTO new;
    END IF;
    IF new.until IS DISTINCT FROM old.until OR new.probe_by IS DISTINCT FROM old.probe_by THEN
        PERFORM pg_notify('agent_worker_providers', provider_input);
    END IF;
    left_ms := greatest(0, extract(epoch FROM new.until - clock_timestamp()) * 1000);
    line := cooldown_reason(new);
    SELECT count(*) INTO refusals FROM job_attempts a
    WHERE a.job_id = job AND a.outcome = 'snooze' AND a.failure_class IS NOT NULL;
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
CREATE FUNCTION public.brake_claim(picked bigint[]) RETURNS bigint[]
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    free record;
    brake record;
    rooms jsonb;
    allowed bigint[] := '{}';
    over bigint[] := '{}';
    over_keys text[] := '{}';
    over_reasons text[] := '{}';
BEGIN
    WITH stopped AS MATERIALIZED (
        SELECT j.id, why.hold_key, why.hold_reason, why.hold_until
        FROM jobs j
        CROSS JOIN LATERAL (
            SELECT format('pause:%s:%s', p.scope, p.key) AS hold_key,
                format('%s %s is paused%s', p.scope, quote_ident(p.key), ': ' || p.reason)
                    AS hold_reason,
                NULL::timestamptz AS hold_until
            FROM job_pauses p
            WHERE (p.scope, p.key) IN (('kind', j.kind), ('agent', j.agent_id::text))
            UNION ALL
            SELECT c.hold_key, c.hold_reason, c.hold_until
            FROM job_cooldown(j.kind, j.payload, j.agent_id) AS c
            LIMIT 1) AS why
        WHERE j.id = ANY (picked)
    ), held AS (
        UPDATE jobs j SET state = 'held', hold_key = s.hold_key, hold_reason = s.hold_reason,
            hold_until = s.hold_until
        FROM stopped s
        WHERE j.id = s.id AND j.id = ANY (ARRAY(SELECT stopped.id FROM stopped))
        RETURNING j.id
    )
    SELECT coalesce(array_agg(p.id ORDER BY p.place) FILTER (WHERE h.id IS NULL), '{}')
    INTO picked
    FROM unnest(picked) WITH ORDINALITY AS p (id, place) LEFT JOIN held h ON h.id = p.id;
    IF picked = '{}' OR NOT EXISTS (SELECT FROM concurrency_limits) THEN
        RETURN picked;
    END IF;
    INSERT INTO concurrency_keys AS k (limit_id, value)
    SELECT DISTINCT l.limit_id, l.value
    FROM jobs j CROSS JOIN LATERAL
        limits_of(j.queue, j.kind, j.user_id, j.agent_id, j.payload) AS l
    WHERE j.id = ANY (picked)
    ORDER BY 1, 2
    ON CONFLICT DO NOTHING;
    PERFORM FROM concurrency_keys k
    WHERE (k.limit_id, k.value) IN (
        SELECT l.limit_id, l.value
        FROM jobs j CROSS JOIN LATERAL
            limits_of(j.queue, j.kind, j.user_id, j.agent_id, j.payload) AS l
        WHERE j.id = ANY (picked))
    ORDER BY k.limit_id, k.value
    FOR UPDATE;
    DELETE FROM concurrency_slots s
    USING (
        SELECT DISTINCT l.limit_id, l.value
        FROM jobs j CROSS JOIN LATERAL
            limits_of(j.queue, j.kind, j.user_id, j.agent_id, j.payload) AS l
        WHERE j.id = ANY (picked)) AS k
    WHERE s.limit_id = k.limit_id AND s.value = k.value
        AND NOT EXISTS (
            SELECT FROM jobs j WHERE j.id = s.job_id AND j.attempt_id = s.attempt_id);
    SELECT coalesce(jsonb_object_agg(k.key, k.most - k.running), '{}') INTO rooms FROM (
        SELECT DISTINCT limit_hold_key(l.limit_id, l.value) AS key, l.max_running AS most,
            running_under(l.limit_id, l.value) AS running
        FROM jobs j CROSS JOIN LATERAL
            limits_of(j.queue, j.kind, j.user_id, j.agent_id, j.payload) AS l
        WHERE j.id = ANY (picked)) AS k;
    FOR free IN
        SELECT p.id, coalesce(jsonb_agg(jsonb_build_object(
                'key', limit_hold_key(l.limit_id, l.value), 'scope', l.scope,
                'most', l.max_running, 'label', l.label)) FILTER (WHERE l.scope IS NOT NULL), '[]')
                AS limits
        FROM unnest(picked) WITH ORDINALITY AS p (id, place)
        JOIN jobs j ON j.id = p.id AND j.id = ANY (picked)
        LEFT JOIN LATERAL
            limits_of(j.queue, j.kind, j.user_id, j.agent_id, j.payload) AS l ON true
        GROUP BY p.id, p.place
        ORDER BY p.place
    LOOP
        SELECT l.key, l.scope, l.most, l.label INTO brake
        FROM jsonb_to_recordset(free.limits) AS l(key text, scope text, most integer, label text)
        WHERE coalesce((rooms ->> l.key)::integer, 0) <= 0
        ORDER BY l.scope IN ('queue', 'user') DESC, l.key
        LIMIT 1;
        IF brake.key IS NULL THEN
            allowed := allowed || free.id;
            rooms := rooms || (
                SELECT coalesce(jsonb_object_agg(l.key, (rooms ->> l.key)::integer - 1), '{}')
                FROM jsonb_to_recordset(free.limits) AS l(key text));
        ELSIF brake.scope NOT IN ('queue', 'user') THEN
            over := over || free.id;
            over_keys := over_keys || brake.key;
            over_reasons := over_reasons
                || format('limit of %s: %s of %s running', brake.label, brake.most, brake.most);
        END IF;
    END LOOP;
    UPDATE jobs j SET state = 'held', hold_key = o.key, hold_reason = o.reason, hold_until = NULL
    FROM unnest(over, over_keys, over_reasons) AS o (id, key, reason)
    WHERE j.id = o.id AND j.id = ANY (over);
    RETURN allowed;
END $$;
CREATE FUNCTION public.budget_label(scope text, subject text, period text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT concat_ws(' ', 'budget', scope, CASE WHEN scope <> 'global' THEN subject END, period)
$$;
CREATE FUNCTION public.budget_money(usd numeric) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT round(usd, greatest(2, least(scale(trim_scale(usd)), 8)))::text
$$;
CREATE FUNCTION public.budget_period(period text, time_zone text, moment timestamp with time zone) RETURNS TABLE(starts_at timestamp with time zone, ends_at timestamp with time zone)
    LANGUAGE sql STABLE
    AS $$
    SELECT date_trunc(period, moment, time_zone),
        (date_trunc(period, moment AT TIME ZONE time_zone) + ('1 ' || period)::interval)
            AT TIME ZONE time_zone
$$;
CREATE FUNCTION public.budget_subject(name text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $_$
    SELECT CASE
        WHEN name ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
            THEN lower(name)
        ELSE name
    END
$_$;
CREATE FUNCTION public.call_budgets(user_id text, agent_id uuid, moment timestamp with time zone) RETURNS TABLE(budget_id bigint, subject text, starts_at timestamp with time zone, ends_at timestamp with time zone, scope text, period text, token_limit bigint, usd_limit numeric, unpriced text, assumed_input_price numeric, assumed_output_price numeric)
    LANGUAGE sql STABLE
    AS $$
    SELECT DISTINCT ON (b.scope, b.period) b.id, whose.subject, span.starts_at, span.ends_at,
        b.scope, b.period, b.token_limit, b.usd_limit, b.unpriced, b.assumed_input_price,
        b.assumed_output_price
    FROM budgets b
    CROSS JOIN LATERAL (
        SELECT CASE b.scope WHEN 'global' THEN '*' WHEN 'user' THEN budget_subject(user_id)
            ELSE agent_id::text END AS subject) AS whose
    CROSS JOIN LATERAL budget_period(b.period, b.time_zone, moment) AS span
    WHERE b.removed_at IS NULL AND b.subject IN ('*', whose.subject)
    ORDER BY b.scope, b.period, b.subject = '*'
$$;
CREATE FUNCTION public.call_cost(model text, called_at timestamp with time zone, input_tokens bigint, output_tokens bigint, cached_tokens bigint DEFAULT 0, cache_write_tokens bigint DEFAULT 0, cache_write_1h_tokens bigint DEFAULT 0, reasoning_tokens bigint DEFAULT 0, service_tier text DEFAULT NULL::text, requested_model text DEFAULT NULL::text, provider text DEFAULT NULL::text, raw_usage jsonb DEFAULT NULL::jsonb) RETURNS numeric
    LANGUAGE plpgsql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    priced_as text;
    since timestamptz;
    price model_prices;
    is_priced boolean := false;
    input numeric := coalesce(call_cost.input_tokens, 0);
    cached numeric := coalesce(call_cost.cached_tokens, 0);
    written numeric := coalesce(call_cost.cache_write_tokens, 0);
    written_1h numeric := least(coalesce(call_cost.cache_write_1h_tokens, 0), written);
    heard numeric := greatest(
        usage_count(raw_usage, 'prompt_tokens_details', 'audio_tokens'),
        usage_count(raw_usage, 'input_tokens_details', 'audio_tokens'));
    output numeric := coalesce(call_cost.output_tokens, 0);
    reasoning numeric := coalesce(call_cost.reasoning_tokens, 0);
    spoken numeric := greatest(
        usage_count(raw_usage, 'completion_tokens_details', 'audio_tokens'),
        usage_count(raw_usage, 'output_tokens_details', 'audio_tokens'));
    plain numeric;
    said numeric;
    input_price numeric;
    cached_price numeric;
    write_price numeric;
    write_1h_price numeric;
    output_price numeric;
    reasoning_price numeric;
    heard_price numeric;
    spoken_price numeric;
BEGIN
    IF call_cost.input_tokens IS NULL AND call_cost.output_tokens IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT version.model, version.valid_from INTO priced_as, since
    FROM price_version(
        price_names(call_cost.provider, call_cost.model, call_cost.requested_model),
        call_cost.called_at) AS version;
    FOR price IN
        SELECT p.* FROM model_prices p
        WHERE p.model = priced_as AND p.valid_from = since
            AND p.tier = price_tier(call_cost.service_tier)
            AND (p.above_tokens = 0 OR p.above_tokens < input)
        ORDER BY p.above_tokens
    LOOP
        is_priced := true;
        input_price := coalesce(price.input_price, input_price);
        cached_price := coalesce(price.cached_input_price, cached_price);
        write_price := coalesce(price.cache_write_price, write_price);
        write_1h_price := coalesce(price.cache_write_1h_price, write_1h_price);
        output_price := coalesce(price.output_price, output_price);
        reasoning_price := coalesce(price.reasoning_price, reasoning_price);
        heard_price := coalesce(price.audio_input_price, heard_price);
        spoken_price := coalesce(price.audio_output_price, spoken_price);
    END LOOP;
    IF NOT is_priced THEN
        RETURN NULL;
    END IF;
    IF write_price IS NULL THEN
        write_1h_price := coalesce(write_1h_price, input_price);
    END IF;
    plain := greatest(input - cached - written - heard, 0);
    said := greatest(output - reasoning - spoken, 0);
    RETURN trim_scale(
        CASE WHEN plain = 0 THEN 0 ELSE plain * input_price END
        + CASE WHEN cached = 0 THEN 0 ELSE cached * coalesce(cached_price, input_price) END
        + CASE WHEN written = written_1h THEN 0
            ELSE (written - written_1h) * coalesce(write_price, input_price) END
        + CASE WHEN written_1h = 0 THEN 0 ELSE written_1h * write_1h_price END
        + CASE WHEN heard = 0 THEN 0 ELSE heard * heard_price END
        + CASE WHEN said = 0 THEN 0 ELSE said * output_price END
        + CASE WHEN reasoning = 0 THEN 0
            ELSE reasoning * coalesce(reasoning_price, output_price) END
        + CASE WHEN spoken = 0 THEN 0 ELSE spoken * spoken_price END);
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
CREATE FUNCTION public.checked_time_zone(zone text) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF known_time_zone(zone) IS NULL THEN
        RAISE EXCEPTION 'time zone "%" is not known', zone USING ERRCODE = '22023',
            HINT = 'Names are those of pg_timezone_names, such as Europe/Berlin or UTC.';
    END IF;
    RETURN known_time_zone(zone);
END $$;
CREATE FUNCTION public.claim_jobs(worker uuid, max_jobs integer, queues text[], kinds text[], lane_queues text[] DEFAULT '{}'::text[], lane_priorities smallint[] DEFAULT '{}'::smallint[], lane_users text[] DEFAULT '{}'::text[], lane_takes integer[] DEFAULT '{}'::integer[], lane_floors timestamp with time zone[] DEFAULT '{}'::timestamp with time zone[], lane_floor_ids bigint[] DEFAULT '{}'::bigint[], look integer DEFAULT 16, look_back_s double precision DEFAULT 60, freed bigint[] DEFAULT '{}'::bigint[]) RETURNS TABLE(id bigint, kind text, queue text, payload jsonb, user_id text, agent_id uuid, execution_id uuid, attempt integer, max_attempts integer, snoozes integer, attempt_id uuid, timeout_s integer, trace_context text, scheduled_at timestamp with time zone, priority smallint, run_at timestamp with time zone)
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    braked boolean;
    picked bigint[];
    allowed bigint[];
BEGIN
    IF NOT EXISTS (
        SELECT FROM workers w
        WHERE w.id = claim_jobs.worker
            AND w.heartbeat_at + make_interval(secs => w.lease_s) > clock_timestamp())
    THEN
        RETURN;
    END IF;
    braked := claims_are_braked();
    IF braked AND freed <> '{}' AND wake_freed_jobs(freed) > 0 THEN
        lane_floors := array_fill('-infinity'::timestamptz, ARRAY[cardinality(lane_floors)]);
        look := abs(look);
    END IF;
    picked := ARRAY(
        SELECT due.id
        FROM (
            SELECT named.queue, named.priority, named.user_key, named.take, named.floor,
                named.floor_id, 1 AS class, named.place
            FROM unnest(lane_queues, lane_priorities, lane_users, lane_takes, lane_floors,
                lane_floor_ids) WITH ORDINALITY
                AS named (queue, priority, user_key, take, floor, floor_id, place)
            UNION ALL
            SELECT found.queue, found.priority, found.user_key,
                ceil(max_jobs::double precision / count(*) OVER (PARTITION BY found.priority))
                    ::integer,
                '-infinity', 0, 0, row_number() OVER (ORDER BY found.place, found.due)
            FROM (
                SELECT served.queue, served.place, seen.priority, seen.user_key,
                    min(seen.run_at) AS due
                FROM unnest(queues) WITH ORDINALITY AS served (queue, place)
                CROSS JOIN LATERAL (
                    (SELECT j.priority, coalesce(j.user_id, '') AS user_key, j.run_at FROM jobs j
                    WHERE j.state = 'available' AND j.queue = served.queue AND j.run_at <= now()
                        AND j.kind = ANY (kinds)
                    ORDER BY j.run_at LIMIT greatest(look, 0))
                    UNION ALL
                    (SELECT j.priority, coalesce(j.user_id, ''), j.run_at FROM jobs j
                    WHERE j.state = 'available' AND j.queue = served.queue AND j.run_at <= now()
                        AND j.run_at > now() - make_interval(secs => look_back_s)
                        AND j.kind = ANY (kinds)
                    ORDER BY j.run_at DESC LIMIT abs(look))) AS seen
                GROUP BY served.queue, served.place, seen.priority, seen.user_key) AS found
            WHERE look <> 0 AND NOT EXISTS (
                SELECT FROM unnest(lane_queues, lane_priorities, lane_users)
                    AS named (queue, priority, user_key)
                WHERE named.queue = found.queue AND named.priority = found.priority
                    AND named.user_key = found.user_key)
            ORDER BY 2, 7, 8
        ) AS lane
        CROSS JOIN LATERAL (
            SELECT j.id FROM jobs j
            WHERE j.state = 'available' AND j.queue = lane.queue AND j.priority = lane.priority
                AND coalesce(j.user_id, '') = lane.user_key AND j.run_at <= now()
                AND (j.run_at, j.id) >= (lane.floor, lane.floor_id) AND j.kind = ANY (kinds)
            ORDER BY j.run_at, j.id
            LIMIT least(lane.take, CASE WHEN braked THEN lane_room(lane.queue, lane.user_key) END)
            FOR UPDATE SKIP LOCKED
        ) AS due
        LIMIT max_jobs);
    IF picked = '{}' THEN
        RETURN;
    END IF;
    allowed := CASE WHEN braked THEN brake_claim(picked) ELSE picked END;
    RETURN QUERY
    UPDATE jobs j SET
        state = 'running', attempt = j.attempt + 1, attempt_id = time_uuid(),
        worker_id = claim_jobs.worker, claimed_at = clock_timestamp(),
        scheduled_at = coalesce(j.scheduled_at, j.run_at)
    WHERE j.id = ANY (allowed)
    RETURNING j.id, j.kind, j.queue, j.payload, j.user_id, j.agent_id, j.execution_id, j.attempt,
        j.max_attempts, j.snoozes, j.attempt_id, j.timeout_s, j.trace_context, j.scheduled_at,
        j.priority, j.run_at;
    IF braked THEN
        INSERT INTO concurrency_slots (limit_id, value, attempt_id, job_id)
        SELECT l.limit_id, l.value, j.attempt_id, j.id
        FROM jobs j CROSS JOIN LATERAL
            limits_of(j.queue, j.kind, j.user_id, j.agent_id, j.payload) AS l
        WHERE j.id = ANY (allowed);
        RETURN QUERY
        SELECT j.id, j.kind, j.queue, '{}'::jsonb, j.user_id, j.agent_id, j.execution_id,
            j.attempt, j.max_attempts, j.snoozes, NULL::uuid, j.timeout_s, j.trace_context,
            coalesce(j.scheduled_at, j.run_at), j.priority, j.run_at
        FROM jobs j WHERE j.id = ANY (picked) AND j.state = 'held';
    END IF;
END $$;
CREATE FUNCTION public.claim_probe(provider_input text, model_input text, probe uuid, probe_s double precision) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE provider_cooldowns c SET
        probe_by = probe, probe_until = clock_timestamp() + make_interval(secs => probe_s)
    WHERE c.provider = provider_input AND c.model = model_input AND c.until <= clock_timestamp()
        AND (c.probe_until IS NULL OR c.probe_until <= clock_timestamp());
    IF FOUND THEN
        PERFORM pg_notify('agent_worker_providers', provider_input);
    END IF;
    RETURN FOUND;
END $$;
CREATE FUNCTION public.claims_are_braked() RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT EXISTS (SELECT FROM job_pauses) OR EXISTS (SELECT FROM concurrency_limits)
        OR cooldowns_active()
$$;
CREATE FUNCTION public.clamp_integer(value numeric) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT least(greatest(value, 0), 2147483647)::integer
$$;
CREATE FUNCTION public.close_attempts(ended public.job_attempts[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM end_attempts(ended, ARRAY(
        SELECT j.execution_id FROM jobs j
        WHERE j.id = ANY (ARRAY(SELECT e.job_id FROM unnest(ended) AS e))));
END $$;
CREATE FUNCTION public.completion_tokens(tokens jsonb) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT report_count(
        tokens -> 'completion',
        greatest(report_count(tokens -> 'total') - report_count(tokens -> 'prompt'), 0))
$$;
CREATE FUNCTION public.cooldown_key(provider text, model text, kind text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT CASE kind WHEN 'quota' THEN 'quota:' || provider
        ELSE 'cooldown:' || provider || '/' || model END
$$;
CREATE TABLE public.provider_cooldowns (
    provider text NOT NULL,
    model text NOT NULL,
    kind text NOT NULL,
    reason text NOT NULL,
    since timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    until timestamp with time zone NOT NULL,
    strikes integer DEFAULT 0 NOT NULL,
    probe_by uuid,
    probe_until timestamp with time zone,
    CONSTRAINT "a probe has an end" CHECK (((probe_by IS NULL) = (probe_until IS NULL))),
    CONSTRAINT "provider_cooldowns.kind must be one the gate knows" CHECK ((kind = ANY (ARRAY['rate_limit'::text, 'overload'::text, 'quota'::text])))
)
WITH (fillfactor='50', autovacuum_vacuum_threshold='50', autovacuum_vacuum_scale_factor='0');
CREATE FUNCTION public.cooldown_reason(cooldown public.provider_cooldowns) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE cooldown.kind
        WHEN 'quota' THEN format(
            '%s is stopped, its account refuses to pay (%s): mend that, then agent-worker provider resume %s',
            cooldown.provider, cooldown.reason, cooldown.provider)
        WHEN 'overload' THEN format(
            '%s/%s is overloaded (%s), cooling down', cooldown.provider, cooldown.model,
            cooldown.reason)
        ELSE format(
            '%s/%s asks to slow down (%s), cooling down', cooldown.provider, cooldown.model,
            cooldown.reason) END
$$;
CREATE FUNCTION public.cooldowns_active() RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM provider_cooldowns c
        WHERE c.until > statement_timestamp() OR c.probe_until > statement_timestamp());
END $$;
CREATE FUNCTION public.count_running_jobs() RETURNS void
    LANGUAGE sql
    SET search_path TO 'public', 'pg_temp'
    AS $$
    INSERT INTO concurrency_slots (limit_id, value, attempt_id, job_id)
    SELECT l.limit_id, l.value, j.attempt_id, j.id
    FROM jobs j CROSS JOIN LATERAL
        limits_of(j.queue, j.kind, j.user_id, j.agent_id, j.payload) AS l
    WHERE j.state = 'running' AND EXISTS (SELECT FROM concurrency_limits)
    ORDER BY 1, 2, 3
    ON CONFLICT DO NOTHING
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
CREATE FUNCTION public.cron_next(expression text, zone text, after timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    cron record;
    wall timestamp;
    day date;
    start CONSTANT timestamptz := date_trunc('minute', after, 'UTC') + interval '1 minute';
    moment timestamptz := start;
    near date[];
    hour integer;
    minute integer;
    candidate timestamp;
BEGIN
    SELECT * INTO cron FROM parse_cron(expression);
    IF cron.fault IS NOT NULL THEN
        RAISE EXCEPTION 'cron expression "%": %', expression, cron.fault USING ERRCODE = '22023';
    END IF;
    wall := after AT TIME ZONE zone;
    day := next_cron_day(wall::date, cron.days, cron.months, cron.weekdays, cron.either_day);
    IF cardinality(cron.hours) = 24 THEN
        WHILE day IS NOT NULL LOOP
            IF (moment AT TIME ZONE zone)::date <> day THEN
                moment := greatest(moment, first_moment(day, zone));
            END IF;
            near := ARRAY(
                SELECT next_cron_day(
                    day + d, cron.days, cron.months, cron.weekdays, cron.either_day)
                FROM unnest('{-1,0,1}'::integer[]) AS d);
            FOR i IN 1 .. 120 LOOP
                wall := moment AT TIME ZONE zone;
                IF extract(minute FROM wall)::integer = ANY (cron.minutes) AND wall::date = ANY (near)
                THEN
                    RETURN moment;
                END IF;
                moment := moment + interval '1 minute';
            END LOOP;
            day := next_cron_day(day + 1, cron.days, cron.months, cron.weekdays, cron.either_day);
            moment := start;
        END LOOP;
        RETURN NULL;
    END IF;
    WHILE day IS NOT NULL LOOP
        FOREACH hour IN ARRAY cron.hours LOOP
            FOREACH minute IN ARRAY cron.minutes LOOP
                candidate := day + make_time(hour, minute, 0);
                CONTINUE WHEN candidate <= wall;
                moment := first_moment(candidate, zone);
                IF moment > after THEN
                    RETURN moment;
                END IF;
            END LOOP;
        END LOOP;
        day := next_cron_day(day + 1, cron.days, cron.months, cron.weekdays, cron.either_day);
    END LOOP;
    RETURN NULL;
END $$;
CREATE FUNCTION public.cron_ticks(expression text, zone text, since timestamp with time zone, until timestamp with time zone, max_ticks integer) RETURNS timestamp with time zone[]
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    ticks timestamptz[] := '{}';
    tick timestamptz := since;
BEGIN
    WHILE cardinality(ticks) < max_ticks LOOP
        tick := cron_next(expression, zone, tick);
        EXIT WHEN tick IS NULL OR tick > until;
        ticks := ticks || tick;
    END LOOP;
    RETURN ticks;
END $$;
CREATE FUNCTION public.default_output_tokens(provider text, model text, moment timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql STABLE
    AS $$
#variable_conflict use_column
BEGIN
    RETURN coalesce((
        SELECT p.max_output_tokens
        FROM price_version(price_names(
            default_output_tokens.provider, default_output_tokens.model, NULL), moment) AS version
        JOIN model_prices p ON p.model = version.model AND p.valid_from = version.valid_from
            AND p.tier = 'standard' AND p.above_tokens = 0), 16384);
END $$;
CREATE FUNCTION public.end_attempts(ended public.job_attempts[], executions uuid[]) RETURNS boolean
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    attempts uuid[] := ARRAY(SELECT e.attempt_id FROM unnest(ended) AS e);
    reserved uuid[];
    called boolean := EXISTS (SELECT FROM token_usage u WHERE u.attempt_id = ANY (attempts));
BEGIN
    IF EXISTS (
        SELECT FROM run_steps r
        WHERE r.execution_id = ANY (executions) AND r.attempt_id = ANY (attempts)
            AND r.status = 'claimed')
    THEN
        UPDATE run_steps r SET status = 'unknown', ended_at = clock_timestamp()
        WHERE r.execution_id = ANY (executions) AND r.attempt_id = ANY (attempts)
            AND r.status = 'claimed';
    END IF;
    IF NOT called THEN
        INSERT INTO job_attempts (
            attempt_id, job_id, attempt, worker_id, started_at, outcome, failure_class, error)
        SELECT e.attempt_id, e.job_id, e.attempt, e.worker_id, e.started_at, e.outcome,
            e.failure_class, e.error
        FROM unnest(ended) AS e ORDER BY e.attempt_id;
        RETURN false;
    END IF;
    IF EXISTS (
        SELECT FROM token_usage u WHERE u.attempt_id = ANY (attempts) AND u.status = 'pending')
    THEN
        UPDATE token_usage u SET status = 'unknown'
        WHERE u.attempt_id = ANY (attempts) AND u.status = 'pending';
    END IF;
    reserved := ARRAY(
        SELECT c.usage_id FROM token_usage u
        JOIN budget_charges c ON c.usage_id = u.id AND c.state = 'reserved'
        WHERE u.attempt_id = ANY (attempts));
    IF cardinality(reserved) > 0 THEN
        PERFORM settle_charges(reserved);
    END IF;
    INSERT INTO job_attempts (
        attempt_id, job_id, attempt, worker_id, started_at, outcome, failure_class, error,
        input_tokens, output_tokens, cached_tokens, total_tokens, cost_usd, model, provider)
    SELECT e.attempt_id, e.job_id, e.attempt, e.worker_id, e.started_at, e.outcome,
        e.failure_class, e.error, coalesce(used.input, 0), coalesce(used.output, 0),
        coalesce(used.cached, 0), coalesce(used.total, 0), used.cost, used.model, used.provider
    FROM unnest(ended) AS e
    LEFT JOIN (
        SELECT u.attempt_id, sum(u.input_tokens) AS input, sum(u.output_tokens) AS output,
            sum(u.cached_tokens) AS cached, sum(u.total_tokens) AS total, sum(u.cost_usd) AS cost,
            (array_agg(u.model_name ORDER BY u.created_at DESC))[1] AS model,
            (array_agg(u.provider ORDER BY u.created_at DESC))[1] AS provider
        FROM token_usage u WHERE u.attempt_id = ANY (attempts)
        GROUP BY u.attempt_id) AS used ON used.attempt_id = e.attempt_id
    ORDER BY e.attempt_id;
    RETURN true;
END $$;
CREATE FUNCTION public.end_cooldown(provider_input text, model_input text DEFAULT NULL::text, probe uuid DEFAULT NULL::uuid) RETURNS bigint
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $_$
DECLARE
    ended record;
    number bigint := 0;
BEGIN
    FOR ended IN
        DELETE FROM provider_cooldowns c
        WHERE c.provider = provider_input
            AND (model_input IS NULL OR c.model = model_input)
            AND (probe IS NULL OR c.probe_by = probe)
        RETURNING cooldown_key(c.provider, c.model, c.kind) AS key
    LOOP
        number := number + 1;
        UPDATE provider_allowances a SET requests = least(a.requests, 0),
            tokens = least(a.tokens, 0), refilled_at = clock_timestamp()
        WHERE a.provider = provider_input AND (model_input = a.model OR model_input = '*');
        IF to_regprocedure('release_holds(text, integer)') IS NOT NULL THEN
            EXECUTE 'SELECT release_holds($1)' USING ended.key;
        END IF;
    END LOOP;
    IF number > 0 THEN
        PERFORM pg_notify('agent_worker_providers', provider_input);
    END IF;
    RETURN number;
END $_$;
CREATE FUNCTION public.enqueue_due_ticks(max_schedules integer DEFAULT 50, at timestamp with time zone DEFAULT clock_timestamp(), follow_agents boolean DEFAULT true) RETURNS TABLE(schedule text, tick timestamp with time zone, job_id bigint, skipped boolean, fault text)
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    due schedules;
    agent agents;
    ticks timestamptz[];
    later timestamptz;
    enqueued record;
BEGIN
    IF follow_agents THEN
        PERFORM sync_agent_schedules();
    END IF;
    FOR due IN
        SELECT s.* FROM schedules s
        WHERE NOT s.paused AND s.next_at <= at AND (follow_agents OR NOT s.follows_agent)
        ORDER BY s.next_at LIMIT max_schedules
        FOR UPDATE SKIP LOCKED
    LOOP
        schedule := due.name;
        tick := NULL;
        job_id := NULL;
        fault := NULL;
        later := NULL;
        BEGIN
            IF due.follows_agent THEN
                SELECT a.* INTO agent FROM agents a
                WHERE a.id = due.agent_id AND a.mode::text = 'scheduled'
                    AND a.status::text = 'active' AND a.schedule_enabled AND a.deleted_at IS NULL;
                IF agent.id IS NULL THEN
                    DELETE FROM schedules s WHERE s.id = due.id;
                    CONTINUE;
                ELSIF agent.user_id IS NULL THEN
                    RAISE EXCEPTION 'agents.user_id is not set' USING ERRCODE = '23502';
                END IF;
                due.user_id := agent.user_id;
                due.kind := CASE WHEN jsonb_typeof(coalesce(
                        nullif(to_jsonb(agent.pilot_steps), 'null'), to_jsonb(agent.workflow_steps)))
                        = 'array'
                    AND coalesce(nullif(to_jsonb(agent.pilot_steps), 'null'),
                        to_jsonb(agent.workflow_steps)) <> '[]'
                    THEN 'orchestrator' ELSE 'agentkit' END;
            END IF;
            later := cron_next(due.cron, due.time_zone, at);
            ticks := CASE
                WHEN cron_next(due.cron, due.time_zone, due.next_at) <= at THEN
                    latest_cron_ticks(
                        due.cron, due.time_zone, due.next_at - interval '1 microsecond', at,
                        CASE due.catch_up WHEN 'all' THEN due.catch_up_limit ELSE 1 END)
                ELSE ARRAY[due.next_at] END;
            IF due.catch_up = 'skip' THEN
                ticks := ARRAY(
                    SELECT t FROM unnest(ticks) AS t
                    WHERE t >= at - make_interval(secs => due.grace_s));
            END IF;
            skipped := coalesce(ticks[1] > due.next_at, true);
            FOR enqueued IN
                INSERT INTO jobs AS j (
                    queue, kind, priority, payload, user_id, agent_id, execution_id, execution_type,
                    run_at, scheduled_at, max_attempts, timeout_s, unique_key)
                SELECT due.queue, due.kind, due.priority, due.payload, due.user_id, due.agent_id,
                    md5(key)::uuid, 'scheduled', t, t, due.max_attempts, due.timeout_s, key
                FROM unnest(ticks) AS t
                CROSS JOIN LATERAL (
                    SELECT format('schedule:%s:%s', due.name,
                        to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) AS key
                    OFFSET 0) AS named
                ORDER BY t
                ON CONFLICT DO NOTHING
                RETURNING j.id, j.run_at
            LOOP
                tick := enqueued.run_at;
                job_id := enqueued.id;
                RETURN NEXT;
                skipped := false;
            END LOOP;
            UPDATE schedules s SET
                next_at = later, last_tick = coalesce(enqueue_due_ticks.tick, s.last_tick),
                last_job_id = coalesce(enqueue_due_ticks.job_id, s.last_job_id), last_error = NULL,
                agent_next_run = CASE WHEN due.follows_agent THEN later END
            WHERE s.id = due.id;
            IF skipped THEN
                RETURN NEXT;
            END IF;
            IF due.follows_agent THEN
                PERFORM set_config('agent_worker.ticking', 'on', true);
                UPDATE agents a SET
                    last_run = coalesce(enqueue_due_ticks.tick, a.last_run), next_run = later
                WHERE a.id = (
                    SELECT held.id FROM agents held WHERE held.id = due.agent_id
                    FOR NO KEY UPDATE SKIP LOCKED);
                PERFORM set_config('agent_worker.ticking', 'off', true);
            END IF;
        EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
            tick := due.next_at;
            job_id := NULL;
            skipped := true;
            fault := format('%s [%s]', SQLERRM, SQLSTATE);
            UPDATE schedules s SET
                next_at = coalesce(later, at + interval '1 hour'), last_error = enqueue_due_ticks.fault
            WHERE s.id = due.id;
            RETURN NEXT;
        END;
    END LOOP;
END $$;
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
CREATE FUNCTION public.find_lanes(queue text, after_priority integer DEFAULT '-1'::integer, after_user text DEFAULT ''::text, max_lanes integer DEFAULT 128) RETURNS TABLE(priority smallint, user_key text, due boolean)
    LANGUAGE plpgsql STABLE
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH RECURSIVE lane AS (
        (SELECT j.priority, coalesce(j.user_id, '') AS user_key, j.run_at, 1 AS step
        FROM jobs j
        WHERE j.state = 'available' AND j.queue = find_lanes.queue
            AND (j.priority, coalesce(j.user_id, '')) > (after_priority::smallint, after_user)
        ORDER BY j.priority, coalesce(j.user_id, ''), j.run_at, j.id LIMIT 1)
        UNION ALL
        SELECT following.priority, following.user_key, following.run_at, lane.step + 1
        FROM lane
        CROSS JOIN LATERAL (
            SELECT j.priority, coalesce(j.user_id, '') AS user_key, j.run_at
            FROM jobs j
            WHERE j.state = 'available' AND j.queue = find_lanes.queue
                AND (j.priority, coalesce(j.user_id, '')) > (lane.priority, lane.user_key)
            ORDER BY j.priority, coalesce(j.user_id, ''), j.run_at, j.id LIMIT 1) AS following
        WHERE lane.step < max_lanes)
    SELECT lane.priority, lane.user_key, lane.run_at <= now() FROM lane;
END $$;
CREATE FUNCTION public.first_moment(wall timestamp without time zone, zone text) RETURNS timestamp with time zone
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    guess CONSTANT timestamptz := wall AT TIME ZONE zone;
    moment timestamptz;
    before bigint;
    after bigint;
    middle bigint;
BEGIN
    SELECT min(candidate) INTO moment
    FROM unnest(ARRAY[
        guess, (wall - zone_offset(zone, guess - interval '26 hours')) AT TIME ZONE 'UTC',
        (wall - zone_offset(zone, guess + interval '26 hours')) AT TIME ZONE 'UTC']) AS candidate
    WHERE candidate AT TIME ZONE zone = wall;
    IF moment IS NOT NULL THEN
        RETURN moment;
    END IF;
    after := extract(epoch FROM guess);
    before := after - extract(epoch FROM
        zone_offset(zone, guess) - zone_offset(zone, guess - interval '26 hours'));
    WHILE after - before > 1 LOOP
        middle := (before + after) / 2;
        IF zone_offset(zone, to_timestamp(middle)) = zone_offset(zone, guess) THEN
            after := middle;
        ELSE
            before := middle;
        END IF;
    END LOOP;
    RETURN to_timestamp(after);
END $$;
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
               row_number() OVER (PARTITION BY run.agent_id ORDER BY run.ordinality) AS nth
        FROM unnest(runs) WITH ORDINALITY AS run
    ),
    counted AS MATERIALIZED (
        SELECT run.agent_id, count(*) AS of FROM unnest(runs) AS run GROUP BY run.agent_id
    ),
    fold AS (
        SELECT m.agent_id, 0::bigint AS nth, c.of,
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
        JOIN counted c ON c.agent_id = m.agent_id
        LEFT JOIN agent_token_baselines b
            ON b.agent_id = m.agent_id AND b.agent_id = ANY (agent_ids)
        WHERE m.agent_id = ANY (agent_ids)
        UNION ALL
        SELECT f.agent_id, r.nth, f.of,
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
CREATE FUNCTION public.forget_remainder(user_id text, OUT held_jobs bigint, OUT running_jobs bigint) RETURNS record
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT count(*) FILTER (WHERE is_on_legal_hold(NULL, j.agent_id, j.execution_id)),
        count(*) FILTER (WHERE NOT is_on_legal_hold(NULL, j.agent_id, j.execution_id))
    FROM jobs j WHERE j.user_id = ANY (user_spellings(forget_remainder.user_id))
$$;
CREATE FUNCTION public.forget_step(user_id text, target text, first_block bigint DEFAULT 0, max_blocks integer DEFAULT 256, OUT removed bigint, OUT next_block bigint) RETURNS record
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $_$
#variable_conflict use_column
DECLARE
    spellings CONSTANT text[] := user_spellings(forget_step.user_id);
    first CONSTANT tid := format('(%s,0)', first_block)::tid;
    past CONSTANT tid := format('(%s,0)', first_block + max_blocks)::tid;
    hold legal_holds;
    ids bigint[];
    named record;
BEGIN
    IF btrim(coalesce(forget_step.user_id, '')) = '' THEN
        RAISE EXCEPTION 'user_id must name the user to forget' USING ERRCODE = '22023';
    END IF;
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('agent-worker legal holds', 0));
    SELECT h.* INTO hold FROM legal_holds h
    WHERE h.lifted_at IS NULL AND h.user_id = spellings[1] LIMIT 1;
    IF hold.id IS NOT NULL THEN
        RAISE EXCEPTION 'legal hold % keeps everything of this user: %', hold.id, hold.reason
            USING ERRCODE = '55000', HINT = 'Nothing was removed. Lift the hold first.';
    END IF;
    removed := 0;
    IF pg_relation_size(target::regclass)
        > (first_block + max_blocks) * current_setting('block_size')::bigint
    THEN
        next_block := first_block + max_blocks;
    END IF;
    IF target = 'jobs' THEN
        ids := ARRAY(
            SELECT j.id FROM jobs j
            WHERE j.ctid >= first AND j.ctid < past AND j.user_id = ANY (spellings)
                AND (j.finished_at IS NOT NULL OR j.cancel_requested_at IS NULL)
                AND NOT is_on_legal_hold(NULL, j.agent_id, j.execution_id)
            LIMIT 500);
        IF cardinality(ids) = 500 THEN
            next_block := first_block;
        END IF;
        FOR named IN
            SELECT j.id FROM jobs j
            WHERE j.id = ANY (ids) AND j.finished_at IS NULL ORDER BY j.id
        LOOP
            PERFORM cancel_job(named.id);
        END LOOP;
        ids := ARRAY(
            SELECT j.id FROM jobs j
            WHERE j.id = ANY (ids) AND j.finished_at IS NOT NULL ORDER BY j.id FOR UPDATE);
        PERFORM remove_jobs(ids);
        removed := cardinality(ids);
    ELSIF target = 'token_usage' THEN
        WITH mine AS (
            SELECT array_agg(u.id) AS ids FROM token_usage u
            WHERE u.ctid >= first AND u.ctid < past AND u.user_id = ANY (spellings)
                AND NOT is_on_legal_hold(NULL, u.agent_id, u.execution_id))
        SELECT coalesce(cardinality(m.ids), 0) INTO removed
        FROM mine m CROSS JOIN LATERAL remove_usage(m.ids, true);
    ELSIF target = 'agent_executions' THEN
        WITH mine AS (
            SELECT array_agg(e.id) AS ids FROM agent_executions e
            WHERE e.ctid >= first AND e.ctid < past AND e.user_id::text = ANY (spellings)
                AND NOT is_on_legal_hold(NULL, e.agent_id, e.id))
        SELECT coalesce(cardinality(m.ids), 0) INTO removed
        FROM mine m CROSS JOIN LATERAL remove_executions(m.ids, true);
    ELSIF target = 'pruned_usage' THEN
        WITH mine AS (
            DELETE FROM pruned_usage p
            WHERE p.ctid >= first AND p.ctid < past AND p.user_id = ANY (spellings)
                AND NOT is_on_legal_hold(NULL, p.agent_id)
            RETURNING p.*
        ), merged AS (
            INSERT INTO pruned_usage AS p (
                day, agent_id, provider, model_name, activity_type, calls, failed_calls,
                priced_calls, counted_calls, input_tokens, output_tokens, cached_tokens,
                cache_write_tokens, reasoning_tokens, cost_usd)
            SELECT m.day, m.agent_id, m.provider, m.model_name, m.activity_type, sum(m.calls),
                sum(m.failed_calls), sum(m.priced_calls), sum(m.counted_calls),
                sum(m.input_tokens), sum(m.output_tokens), sum(m.cached_tokens),
                sum(m.cache_write_tokens), sum(m.reasoning_tokens), sum(m.cost_usd)
            FROM mine m GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
            ON CONFLICT (day, user_id, agent_id, provider, model_name, activity_type) DO UPDATE SET
                calls = p.calls + excluded.calls,
                failed_calls = p.failed_calls + excluded.failed_calls,
                priced_calls = p.priced_calls + excluded.priced_calls,
                counted_calls = p.counted_calls + excluded.counted_calls,
                input_tokens = p.input_tokens + excluded.input_tokens,
                output_tokens = p.output_tokens + excluded.output_tokens,
                cached_tokens = p.cached_tokens + excluded.cached_tokens,
                cache_write_tokens = p.cache_write_tokens + excluded.cache_write_tokens,
                reasoning_tokens = p.reasoning_tokens + excluded.reasoning_tokens,
                cost_usd = CASE WHEN p.cost_usd IS NULL THEN excluded.cost_usd
                    ELSE p.cost_usd + coalesce(excluded.cost_usd, 0) END
        )
        SELECT count(*) INTO removed FROM mine;
    ELSIF target = 'pruned_runs' THEN
        WITH mine AS (
            DELETE FROM pruned_runs p
            WHERE p.ctid >= first AND p.ctid < past AND p.user_id::text = ANY (spellings)
                AND NOT is_on_legal_hold(NULL, p.agent_id)
            RETURNING p.*
        ), merged AS (
            INSERT INTO pruned_runs AS p (agent_id, user_id, runs, successes)
            SELECT m.agent_id, '00000000-0000-0000-0000-000000000000', m.runs, m.successes
            FROM mine m ORDER BY m.agent_id
            ON CONFLICT (agent_id, user_id) DO UPDATE SET
                runs = p.runs + excluded.runs, successes = p.successes + excluded.successes
        ), moved AS (
            SELECT array_agg(m::pruned_runs) AS rows, count(*) AS n FROM mine m)
        SELECT m.n INTO removed
        FROM moved m CROSS JOIN LATERAL move_runs_to_nobody(m.rows);
    ELSIF target = 'agent_stats' THEN
        WITH mine AS (
            SELECT s.agent_id, s.user_id, s.run_count, s.success_count FROM agent_stats s
            WHERE s.ctid >= first AND s.ctid < past AND s.user_id::text = ANY (spellings)
                AND NOT EXISTS (
                    SELECT FROM agent_executions e
                    WHERE e.agent_id = s.agent_id AND e.user_id = s.user_id)
                AND NOT EXISTS (
                    SELECT FROM pruned_runs p
                    WHERE p.agent_id = s.agent_id AND p.user_id = s.user_id)
            FOR UPDATE OF s
        ), moved AS (
            SELECT array_agg(ROW(m.agent_id, m.user_id, m.run_count, m.success_count)::pruned_runs)
                AS rows, count(*) AS n
            FROM mine m)
        SELECT m.n INTO removed
        FROM moved m CROSS JOIN LATERAL move_runs_to_nobody(m.rows);
        DELETE FROM agent_stats s
        WHERE s.ctid >= first AND s.user_id::text = ANY (spellings)
            AND s.run_count = 0 AND s.success_count = 0;
    ELSIF target = 'agent_intensity_metrics' THEN
        UPDATE agent_intensity_metrics m SET user_id = NULL
        WHERE m.ctid >= first AND m.ctid < past AND m.user_id::text = ANY (spellings)
            AND NOT is_on_legal_hold(NULL, m.agent_id);
        GET DIAGNOSTICS removed = ROW_COUNT;
    ELSE
        SELECT * INTO named FROM user_columns c WHERE c.table_name = target;
        IF named.table_name IS NULL THEN
            RAISE EXCEPTION '% is not one of forget_targets()', target USING ERRCODE = '22023';
        END IF;
        EXECUTE format(
            'DELETE FROM %I AS t WHERE t.ctid >= $1 AND t.ctid < $2 AND t.%I::text = ANY ($3) AND (%s)',
            target, named.column_name, named.condition)
        USING first, past, spellings;
        GET DIAGNOSTICS removed = ROW_COUNT;
    END IF;
END $_$;
CREATE FUNCTION public.forget_targets() RETURNS SETOF text
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT target FROM (
        SELECT c.table_name, c.place FROM user_columns c
        UNION ALL
        VALUES ('jobs', 1), ('token_usage', 40), ('pruned_usage', 41), ('agent_executions', 42),
            ('pruned_runs', 43), ('agent_stats', 44), ('agent_intensity_metrics', 45)
    ) AS named (target, place)
    WHERE to_regclass(target) IS NOT NULL
    ORDER BY place, target
$$;
CREATE FUNCTION public.get_active_ais_ranges() RETURNS TABLE(range_key text, min_value numeric, max_value numeric, category text, description text)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT r.range_key, r.min_value, r.max_value, r.category, r.description
    FROM ais_active_ranges r
$$;
CREATE FUNCTION public.import_model_prices(entries jsonb, valid_from timestamp with time zone DEFAULT NULL::timestamp with time zone, source text DEFAULT 'imported'::text) RETURNS TABLE(model text, outcome text)
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    entry record;
    old timestamptz;
    starts timestamptz;
    moment timestamptz := clock_timestamp();
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('agent-worker prices', 0));
    FOR entry IN
        SELECT e.*, (
            SELECT jsonb_object_agg((r ->> 'tier') || '>' || (r ->> 'above_tokens'),
                r - 'tier' - 'above_tokens')
            FROM jsonb_array_elements(e.rates) AS r) AS compared
        FROM jsonb_to_recordset(entries) AS e(
            model text, provider text, mode text, max_output_tokens bigint, raw jsonb, rates jsonb)
        ORDER BY e.model
    LOOP
        model := entry.model;
        starts := coalesce(import_model_prices.valid_from, moment);
        IF source = 'shipped' THEN
            IF EXISTS (
                SELECT FROM model_prices p WHERE p.model = entry.model AND p.source = 'imported')
            THEN
                outcome := 'kept';
                RETURN NEXT;
                CONTINUE;
            END IF;
            IF NOT EXISTS (SELECT FROM model_prices p WHERE p.model = entry.model) THEN
                starts := '-infinity';
            END IF;
        END IF;
        SELECT max(p.valid_from) INTO old FROM model_prices p
        WHERE p.model = entry.model AND p.valid_from <= starts;
        IF old IS NOT NULL AND price_rates(entry.model, old) = entry.compared THEN
            UPDATE model_prices p SET
                provider = entry.provider, mode = entry.mode,
                max_output_tokens = entry.max_output_tokens, raw = entry.raw,
                source = CASE WHEN p.source = 'imported' THEN p.source
                    ELSE import_model_prices.source END
            WHERE p.model = entry.model AND p.valid_from = old AND p.tier = 'standard'
                AND p.above_tokens = 0
                AND (p.provider, p.mode, p.max_output_tokens, p.raw)
                    IS DISTINCT FROM (
                        entry.provider, entry.mode, entry.max_output_tokens, entry.raw);
            outcome := 'unchanged';
            RETURN NEXT;
            CONTINUE;
        END IF;
        outcome := CASE WHEN EXISTS (SELECT FROM model_prices p WHERE p.model = entry.model)
            THEN 'changed' ELSE 'new' END;
        DELETE FROM model_prices p WHERE p.model = entry.model AND p.valid_from = starts;
        INSERT INTO model_prices (
            model, valid_from, tier, above_tokens, input_price, cached_input_price,
            cache_write_price, cache_write_1h_price, output_price, reasoning_price,
            audio_input_price, audio_output_price, provider, mode, max_output_tokens, source, raw)
        SELECT entry.model, starts, r.tier, r.above_tokens, r.input, r.cached_input, r.cache_write,
            r.cache_write_1h, r.output, r.reasoning, r.audio_input, r.audio_output,
            CASE WHEN r.is_first THEN entry.provider END, CASE WHEN r.is_first THEN entry.mode END,
            CASE WHEN r.is_first THEN entry.max_output_tokens END, import_model_prices.source,
            CASE WHEN r.is_first THEN entry.raw END
        FROM (
            SELECT *, tier = 'standard' AND above_tokens = 0 AS is_first
            FROM jsonb_to_recordset(entry.rates) AS rate(
                tier text, above_tokens bigint, input numeric, cached_input numeric,
                cache_write numeric, cache_write_1h numeric, output numeric, reasoning numeric,
                audio_input numeric, audio_output numeric)) AS r;
        RETURN NEXT;
    END LOOP;
END $$;
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
CREATE FUNCTION public.is_on_legal_hold(user_id text, agent_id uuid DEFAULT NULL::uuid, execution_id uuid DEFAULT NULL::uuid) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT EXISTS (
        SELECT FROM legal_holds h
        WHERE h.lifted_at IS NULL AND (
            h.user_id = (user_spellings(is_on_legal_hold.user_id))[1]
            OR h.agent_id = is_on_legal_hold.agent_id
            OR h.execution_id = is_on_legal_hold.execution_id))
$$;
CREATE FUNCTION public.is_uuid(value jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$
    SELECT coalesce(value #>> '{}' ~* '^[{]?([0-9a-f]{4}-?){7}[0-9a-f]{4}[}]?$', false)
$_$;
CREATE FUNCTION public.job_cooldown(kind text, payload jsonb, agent_id uuid) RETURNS TABLE(hold_key text, hold_reason text, hold_until timestamp with time zone)
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT cooldown_key(c.provider, c.model, c.kind), cooldown_reason(c),
        greatest(c.until, c.probe_until) + random() * interval '1 second'
    FROM default_models d
    LEFT JOIN agents a ON a.id = job_cooldown.agent_id
    CROSS JOIN LATERAL (
        SELECT coalesce(nullif(job_cooldown.payload ->> 'model', ''),
            nullif(a.model_preference, ''), d.model) AS name) AS asked
    JOIN provider_cooldowns c ON
        c.provider = CASE WHEN strpos(asked.name, ':') > 0
            THEN split_part(asked.name, ':', 1) ELSE d.provider END
        AND c.model IN ('*', substr(asked.name, strpos(asked.name, ':') + 1))
    WHERE d.kind = job_cooldown.kind
        AND (c.until > statement_timestamp() OR c.probe_until > statement_timestamp())
    ORDER BY greatest(c.until, c.probe_until) DESC LIMIT 1
$$;
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
        || coalesce((
            SELECT jsonb_build_object('memory', jsonb_build_object(
                'tokens', (s.output -> 'tokens')::jsonb, 'entries', (s.output -> 'entries')::jsonb,
                'types', (s.output -> 'types')::jsonb))
            FROM step s WHERE s.step_key = '@memory' AND s.output -> 'types' IS NOT NULL), '{}')
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
CREATE FUNCTION public.known_time_zone(zone text) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $_$
BEGIN
    zone := btrim(zone);
    IF upper(zone) = 'UTC' THEN
        RETURN 'UTC';
    ELSIF zone ~ '^[A-Za-z_]+(/[A-Za-z0-9_+-]+)+$' AND zone !~* '^(posix|right)/' THEN
        PERFORM now() AT TIME ZONE zone;
        RETURN zone;
    END IF;
    RETURN (
        SELECT z.name FROM pg_timezone_names z
        WHERE lower(z.name) = lower(zone)
            AND z.name !~ '^(posix|right)/' AND z.name NOT IN ('posixrules', 'localtime', 'Factory'));
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN NULL;
END $_$;
CREATE FUNCTION public.lane_room(queue text, user_id text) RETURNS bigint
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT CASE WHEN EXISTS (
            SELECT FROM job_pauses p
            WHERE (p.scope, p.key) IN (('queue', lane_room.queue), ('user', lane_room.user_id)))
        THEN 0 ELSE (
            SELECT min(greatest(0, l.max_running - running_under(l.limit_id, l.value)))
            FROM limits_of(lane_room.queue, NULL, lane_room.user_id, NULL, NULL) AS l
            WHERE l.scope IN ('queue', 'user')) END
$$;
CREATE FUNCTION public.latest_cron_ticks(expression text, zone text, since timestamp with time zone, until timestamp with time zone, max_ticks integer) RETURNS timestamp with time zone[]
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    many timestamptz := since;
    few timestamptz := until;
    middle timestamptz := since;
    ticks timestamptz[];
BEGIN
    LOOP
        ticks := cron_ticks(expression, zone, middle, until, 2 * max_ticks + 1);
        IF cardinality(ticks) <= 2 * max_ticks
            AND (cardinality(ticks) >= max_ticks OR middle = since)
        THEN
            RETURN ticks[greatest(cardinality(ticks) - max_ticks, 0) + 1:];
        ELSIF cardinality(ticks) > 2 * max_ticks THEN
            many := middle;
        ELSE
            few := middle;
        END IF;
        middle := many + (few - many) / 2;
    END LOOP;
END $$;
CREATE FUNCTION public.learn_provider_limit(provider_input text, model_input text, requests double precision, tokens double precision) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO provider_limits AS l (provider, model, learned_requests, learned_tokens, learned_at)
    VALUES (provider_input, model_input, requests, tokens, clock_timestamp())
    ON CONFLICT (provider, model) DO UPDATE SET
        learned_requests = coalesce(excluded.learned_requests, l.learned_requests),
        learned_tokens = coalesce(excluded.learned_tokens, l.learned_tokens),
        learned_at = excluded.learned_at, updated_at = clock_timestamp()
    WHERE (l.learned_requests, l.learned_tokens) IS DISTINCT FROM (
        coalesce(excluded.learned_requests, l.learned_requests),
        coalesce(excluded.learned_tokens, l.learned_tokens));
    IF FOUND THEN
        PERFORM pg_notify('agent_worker_providers', provider_input);
    END IF;
END $$;
CREATE FUNCTION public.lease_allowance(provider_input text, model_input text, worker uuid, wanted_requests integer, wanted_tokens bigint, first_tokens bigint, unused_requests double precision DEFAULT 0, unused_tokens double precision DEFAULT 0, left_requests double precision DEFAULT NULL::double precision, left_tokens double precision DEFAULT NULL::double precision) RETURNS TABLE(requests integer, tokens bigint, request_level double precision, request_rate double precision, token_level double precision, token_rate double precision, sharers integer, expires_ms double precision, retry_ms double precision)
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    horizon_s CONSTANT double precision := 2;
    life CONSTANT interval := interval '3 seconds';
    allowed record;
    bucket provider_allowances;
    at_time timestamptz;
    passed_s double precision;
    share integer;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    SELECT l.requests * 0.98 / 60 AS request_rate, l.tokens * 0.98 / 60 AS token_rate INTO allowed
    FROM provider_limit(provider_input, model_input) AS l;
    IF allowed.request_rate IS NULL AND allowed.token_rate IS NULL THEN
        RETURN;
    END IF;
    LOOP
        SELECT * INTO bucket FROM provider_allowances a
        WHERE a.provider = provider_input AND a.model = model_input FOR UPDATE;
        EXIT WHEN FOUND;
        INSERT INTO provider_allowances (provider, model, requests, tokens, refilled_at)
        VALUES (provider_input, model_input, 0, 0, clock_timestamp() - interval '1 hour')
        ON CONFLICT DO NOTHING;
    END LOOP;
    at_time := clock_timestamp();
    passed_s := greatest(0, extract(epoch FROM at_time - bucket.refilled_at));
    request_rate := allowed.request_rate;
    token_rate := allowed.token_rate;
    request_level := least(greatest(1, request_rate), left_requests,
        bucket.requests + greatest(0, unused_requests) + request_rate * passed_s);
    token_level := least(greatest(1, token_rate), left_tokens,
        bucket.tokens + greatest(0, unused_tokens) + token_rate * passed_s);
    DELETE FROM provider_slices s
    WHERE s.provider = provider_input AND s.model = model_input AND s.worker_id <> worker
        AND s.expires_at < at_time - interval '1 minute';
    SELECT count(*) + 1 INTO sharers FROM provider_slices s
    WHERE s.provider = provider_input AND s.model = model_input AND s.worker_id <> worker
        AND s.expires_at > at_time;
    share := greatest(1, ceil(coalesce(request_rate, 1e6) * horizon_s / sharers));
    requests := least(wanted_requests, share);
    tokens := least(wanted_tokens, greatest(
        first_tokens, ceil(coalesce(token_rate, 1e12) * horizon_s / sharers)::bigint));
    retry_ms := greatest(0,
        (requests - request_level) / request_rate - horizon_s,
        (least(tokens, token_rate) - token_level) / token_rate - horizon_s) * 1000;
    IF retry_ms > 0 THEN
        requests := 0;
        tokens := 0;
    END IF;
    UPDATE provider_allowances a SET
        requests = coalesce(request_level - lease_allowance.requests, a.requests),
        tokens = coalesce(token_level - lease_allowance.tokens, a.tokens), refilled_at = at_time
    WHERE a.provider = provider_input AND a.model = model_input;
    INSERT INTO provider_slices AS s (
        provider, model, worker_id, requests, tokens, leased_at, expires_at)
    VALUES (provider_input, model_input, worker, requests, tokens, at_time, at_time + life)
    ON CONFLICT (provider, model, worker_id) DO UPDATE SET
        requests = excluded.requests, tokens = excluded.tokens, leased_at = excluded.leased_at,
        expires_at = excluded.expires_at;
    expires_ms := extract(epoch FROM life) * 1000;
    RETURN NEXT;
END $$;
CREATE FUNCTION public.limit_hold_key(limit_id bigint, value text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT format('limit:%s:%s', limit_id, CASE WHEN length(value) > 100 THEN md5(value) ELSE value END)
$$;
CREATE FUNCTION public.limits_of(queue text, kind text, user_id text, agent_id uuid, payload jsonb) RETURNS TABLE(limit_id bigint, scope text, value text, max_running integer, label text)
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT DISTINCT ON (l.scope, l.payload_path) l.id, l.scope, v.value, l.max_running,
        format('%s %s', CASE l.scope WHEN 'payload'
            THEN 'payload ' || array_to_string(l.payload_path, '.') ELSE l.scope END,
            quote_ident(left(v.value, 100)))
    FROM concurrency_limits l
    CROSS JOIN LATERAL (SELECT CASE l.scope
        WHEN 'queue' THEN limits_of.queue WHEN 'kind' THEN limits_of.kind
        WHEN 'user' THEN limits_of.user_id WHEN 'agent' THEN limits_of.agent_id::text
        ELSE limits_of.payload #>> l.payload_path END AS value) AS v
    WHERE v.value <> '' AND l.key IN ('*', v.value)
    ORDER BY l.scope, l.payload_path, l.key = '*'
$$;
CREATE FUNCTION public.local_tick(at timestamp with time zone, zone text) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT to_char(at AT TIME ZONE zone, 'YYYY-MM-DD HH24:MI ')
        || CASE WHEN zone_offset(zone, at) < interval '0' THEN '-' ELSE '+' END
        || to_char(make_interval(secs => abs(extract(epoch FROM zone_offset(zone, at)))), 'HH24:MI')
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
    PERFORM write_runs(ARRAY(
        SELECT ROW(
            run ->> 'execution_id', run ->> 'agent_id', run ->> 'user_id',
            run ->> 'engine' = 'agentkit', run ->> 'success', run ->> 'error',
            run ->> 'execution_type', run ->> 'scheduled_at', run ->> 'started_at',
            coalesce((run ->> 'completed_at')::timestamptz, now()),
            report_count(run -> 'duration_ms'), report_count(run -> 'retry_count'),
            report_count(run -> 'input_values_used'), prompt_tokens(run -> 'tokens'),
            completion_tokens(run -> 'tokens'), report_count(run -> 'tokens' -> 'cached'),
            report_count(run -> 'tokens' -> 'total'),
            CASE WHEN jsonb_typeof(run -> 'cost_usd') = 'number' THEN run ->> 'cost_usd' END,
            CASE WHEN jsonb_typeof(run -> 'models') = 'array' THEN run -> 'models'
                WHEN run ->> 'model' IS NOT NULL THEN jsonb_build_array(run -> 'model')
                ELSE '[]' END,
            run -> 'model', run -> 'provider', run -> 'definition', run -> 'declared_plugins', run
        )::run_record
        FROM jsonb_array_elements(runs) WITH ORDINALITY AS element (run, nth)
        ORDER BY nth));
    RETURN QUERY SELECT unnest(ids);
END $$;
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
CREATE FUNCTION public.maintain_queue(rescuer uuid, held uuid[], max_jobs integer DEFAULT 100, after_key text DEFAULT ''::text, held_at timestamp with time zone DEFAULT NULL::timestamp with time zone) RETURNS TABLE(event text, jobs bigint, job_id bigint, attempt_id uuid, worker_id uuid, state text, error text)
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT 'rescued', 1::bigint, r.job_id, r.attempt_id, r.worker_id, r.state, r.error
    FROM rescue_jobs(max_jobs, rescuer, held, held_at) AS r;
    job_id := NULL; attempt_id := NULL; worker_id := NULL; state := NULL; error := NULL;
    BEGIN
        event := 'resumed';
        jobs := (SELECT count(*) FROM wake_waiting_jobs(max_jobs));
        RETURN NEXT;
        PERFORM release_changed_budgets();
        event := 'woken';
        jobs := wake_held_jobs(max_jobs);
        RETURN NEXT;
        event := 'looked';
        jobs := 0;
        error := repair_holds(after_key);
        RETURN NEXT;
        error := NULL;
        IF claims_are_braked() THEN
            PERFORM count_running_jobs();
            event := 'braked';
            RETURN NEXT;
        END IF;
    EXCEPTION WHEN OTHERS THEN
        event := 'failed';
        error := format('%s [%s]', SQLERRM, SQLSTATE);
        RETURN NEXT;
    END;
END $$;
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
CREATE TABLE public.pruned_runs (
    agent_id uuid NOT NULL,
    user_id uuid NOT NULL,
    runs bigint NOT NULL,
    successes bigint NOT NULL
);
CREATE FUNCTION public.move_runs_to_nobody(moved public.pruned_runs[]) RETURNS void
    LANGUAGE sql
    SET search_path TO 'public', 'pg_temp'
    AS $$
    UPDATE agent_stats s SET
        run_count = s.run_count - m.runs, success_count = s.success_count - m.successes
    FROM unnest(moved) AS m
    WHERE s.agent_id = m.agent_id AND s.user_id = m.user_id;
    INSERT INTO agent_stats AS s (agent_id, user_id, run_count, success_count)
    SELECT m.agent_id, '00000000-0000-0000-0000-000000000000', sum(m.runs), sum(m.successes)
    FROM unnest(moved) AS m
    GROUP BY m.agent_id ORDER BY m.agent_id
    ON CONFLICT (agent_id, user_id) DO UPDATE SET
        run_count = s.run_count + excluded.run_count,
        success_count = s.success_count + excluded.success_count;
$$;
CREATE FUNCTION public.next_ahead_ms(queues text[], kinds text[]) RETURNS bigint
    LANGUAGE plpgsql STABLE
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    next timestamptz;
BEGIN
    next := least((
        SELECT min(soonest.run_at)
        FROM unnest(queues) AS served (queue)
        CROSS JOIN LATERAL (
            SELECT j.run_at FROM jobs j
            WHERE j.state = 'available' AND j.queue = served.queue AND j.kind = ANY (kinds)
                AND j.run_at > now()
            ORDER BY j.run_at LIMIT 1) AS soonest), (
        SELECT j.hold_until FROM jobs j
        WHERE j.state = 'held' AND j.hold_until IS NOT NULL
        ORDER BY j.hold_until LIMIT 1));
    RETURN CASE WHEN next < clock_timestamp() THEN 0
        ELSE (extract(epoch FROM next - clock_timestamp()) * 1000)::bigint END;
END $$;
CREATE FUNCTION public.next_cron_day(since date, days integer[], months integer[], weekdays integer[], either_day boolean) RETURNS date
    LANGUAGE plpgsql IMMUTABLE
    AS $$
DECLARE
    day date := since;
    by_day boolean;
    by_weekday boolean;
BEGIN
    WHILE day < since + 30 * 366 LOOP
        IF extract(month FROM day)::integer <> ALL (months) THEN
            day := date_trunc('month', day + interval '1 month');
            CONTINUE;
        END IF;
        by_day := extract(day FROM day)::integer = ANY (days);
        by_weekday := extract(dow FROM day)::integer = ANY (weekdays);
        IF by_day AND by_weekday OR either_day AND (by_day OR by_weekday) THEN
            RETURN day;
        END IF;
        day := day + 1;
    END LOOP;
    RETURN NULL;
END $$;
CREATE FUNCTION public.next_due_ms(queues text[], kinds text[]) RETURNS bigint
    LANGUAGE plpgsql STABLE
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    next timestamptz;
BEGIN
    next := least((
        SELECT min(soonest.run_at)
        FROM unnest(queues) AS served (queue)
        CROSS JOIN LATERAL (
            SELECT j.run_at FROM jobs j
            WHERE j.state = 'available' AND j.queue = served.queue AND j.kind = ANY (kinds)
            ORDER BY j.run_at LIMIT 1) AS soonest), (
        SELECT j.hold_until FROM jobs j
        WHERE j.state = 'held' AND j.hold_until IS NOT NULL
        ORDER BY j.hold_until LIMIT 1));
    RETURN CASE WHEN next < clock_timestamp() THEN 0
        ELSE (extract(epoch FROM next - clock_timestamp()) * 1000)::bigint END;
END $$;
CREATE FUNCTION public.next_tick_in(follow_agents boolean DEFAULT true) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    next timestamptz := (
        SELECT min(s.next_at) FROM schedules s
        WHERE NOT s.paused AND (follow_agents OR NOT s.follows_agent));
BEGIN
    IF follow_agents AND EXISTS (SELECT FROM agent_schedule_changes) THEN
        RETURN 0;
    ELSIF next IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN greatest(ceil(extract(epoch FROM next - clock_timestamp()) * 1000), 0);
END $$;
CREATE FUNCTION public.note_agent_schedule() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO agent_schedule_changes (agent_id)
    VALUES (CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END);
    PERFORM pg_notify('agent_worker_schedules', '');
    RETURN NULL;
END $$;
CREATE FUNCTION public.open_call(job bigint, attempt uuid, execution uuid, agent uuid, user_id text, provider text, model text, activity_type text, activity_name text, activity_step text, estimated_input integer, most_input integer, max_output integer, metadata jsonb) RETURNS TABLE(held boolean, id uuid, charged boolean, hold_key text, hold_reason text, hold_ms bigint)
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz;
    most_output bigint;
    most_tokens bigint;
    most_usd numeric;
    budget record;
    usd numeric;
    charges budget_charges[] := '{}';
BEGIN
    PERFORM FROM jobs j WHERE j.id = job AND j.attempt_id = open_call.attempt FOR SHARE;
    held := FOUND;
    charged := false;
    IF NOT held THEN
        RETURN NEXT;
        RETURN;
    END IF;
    id := gen_random_uuid();
    moment := clock_timestamp();
    most_output := coalesce(max_output, default_output_tokens(provider, model, moment));
    <<reserving>>
    BEGIN
        EXIT reserving WHEN NOT EXISTS (SELECT FROM budgets b WHERE b.removed_at IS NULL);
        INSERT INTO budget_windows (budget_id, subject, starts_at, ends_at)
        SELECT b.budget_id, b.subject, b.starts_at, b.ends_at
        FROM call_budgets(open_call.user_id, agent, moment) AS b
        ORDER BY b.budget_id
        ON CONFLICT DO NOTHING;
        FOR budget IN
            SELECT b.*, w.spent_tokens, w.reserved_tokens, w.spent_usd, w.reserved_usd
            FROM call_budgets(open_call.user_id, agent, moment) AS b
            JOIN budget_windows w ON w.budget_id = b.budget_id AND w.subject = b.subject
                AND w.starts_at = b.starts_at
            ORDER BY b.budget_id
            FOR UPDATE OF w
        LOOP
            IF most_tokens IS NULL THEN
                most_tokens := most_input + most_output;
                most_usd := greatest(
                    call_cost(model, moment, most_input, most_output, provider => provider),
                    call_cost(model, moment, most_input, most_output, reasoning_tokens => most_output,
                        provider => provider));
            END IF;
            usd := coalesce(most_usd, CASE WHEN budget.unpriced = 'assume' THEN
                most_input * budget.assumed_input_price + most_output * budget.assumed_output_price
                END, 0);
            hold_key := format('budget:%s:%s', budget.budget_id, budget.subject);
            IF budget.usd_limit IS NOT NULL AND most_usd IS NULL AND budget.unpriced = 'refuse' THEN
                hold_reason := format('%s: no price is known of model %s, and this budget refuses it',
                    budget_label(budget.scope, budget.subject, budget.period), model);
            ELSIF budget.spent_tokens + budget.reserved_tokens + most_tokens > budget.token_limit THEN
                hold_reason := format('%s: %s of %s tokens spent or reserved, this call may need %s',
                    budget_label(budget.scope, budget.subject, budget.period),
                    budget.spent_tokens + budget.reserved_tokens, budget.token_limit, most_tokens);
            ELSIF budget.spent_usd + budget.reserved_usd + usd > budget.usd_limit THEN
                hold_reason := format('%s: %s of %s USD spent or reserved, this call may need %s',
                    budget_label(budget.scope, budget.subject, budget.period),
                    budget_money(budget.spent_usd + budget.reserved_usd),
                    budget_money(budget.usd_limit), budget_money(usd));
            ELSE
                charges := charges || ROW(id, budget.budget_id, budget.subject, budget.starts_at,
                    'reserved', most_tokens, usd, most_usd IS NOT NULL)::budget_charges;
                CONTINUE;
            END IF;
            hold_ms := CASE
                WHEN (budget.spent_tokens + most_tokens > budget.token_limit) IS TRUE
                    OR (budget.spent_usd + usd > budget.usd_limit) IS TRUE
                    OR hold_reason LIKE '%refuses it'
                    THEN ceil(extract(epoch FROM budget.ends_at - moment) * 1000)
                ELSE 2000 + 3000 * random() END;
            id := NULL;
            RETURN NEXT;
            RETURN;
        END LOOP;
    END reserving;
    hold_key := NULL;
    INSERT INTO token_usage (
        id, status, job_id, attempt_id, execution_id, agent_id, user_id, provider, model_name,
        requested_model, activity_type, activity_name, activity_step, estimated_input_tokens,
        estimated_output_tokens, estimated_cost_usd, metadata)
    VALUES (
        open_call.id, 'pending', job, attempt, execution, agent, open_call.user_id,
        open_call.provider, model, model, open_call.activity_type, open_call.activity_name,
        open_call.activity_step, estimated_input, least(most_output, 2147483647),
        call_cost(model, moment, estimated_input, most_output, provider => open_call.provider),
        open_call.metadata);
    IF cardinality(charges) > 0 THEN
        charged := true;
        INSERT INTO budget_charges SELECT * FROM unnest(charges);
        UPDATE budget_windows w SET
            reserved_tokens = w.reserved_tokens + c.tokens,
            reserved_usd = w.reserved_usd + c.usd
        FROM unnest(charges) AS c
        WHERE w.budget_id = c.budget_id AND w.subject = c.subject AND w.starts_at = c.starts_at;
    END IF;
    RETURN NEXT;
END $$;
CREATE FUNCTION public.parse_cron(expression text, OUT fault text, OUT minutes integer[], OUT hours integer[], OUT days integer[], OUT months integer[], OUT weekdays integer[], OUT either_day boolean) RETURNS record
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    months_by_name CONSTANT text[] := '{jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec}';
    weekdays_by_name CONSTANT text[] := '{sun,mon,tue,wed,thu,fri,sat}';
    fields text[];
    places integer[];
BEGIN
    expression := coalesce(expression, '');
    IF btrim(expression) LIKE '@%' THEN
        fault := format(
            '"%s" is not one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly',
            btrim(expression));
        expression := CASE lower(btrim(expression))
            WHEN '@yearly' THEN '0 0 1 1 *' WHEN '@annually' THEN '0 0 1 1 *'
            WHEN '@monthly' THEN '0 0 1 * *' WHEN '@weekly' THEN '0 0 * * 0'
            WHEN '@daily' THEN '0 0 * * *' WHEN '@midnight' THEN '0 0 * * *'
            WHEN '@hourly' THEN '0 * * * *' END;
        IF expression IS NULL THEN
            RETURN;
        END IF;
    END IF;
    fields := ARRAY(SELECT m[1] FROM regexp_matches(expression, '\S+', 'g') AS m);
    IF cardinality(fields) <> 5 THEN
        fault := format(
            'five fields are needed (minute, hour, day of month, month, day of week), there are %s',
            cardinality(fields));
        RETURN;
    END IF;
    places := ARRAY(SELECT regexp_instr(expression, '\S+', 1, n) FROM generate_series(1, 5) AS n);
    SELECT * INTO fault, minutes FROM parse_cron_field(fields[1], places[1], 'minute', 0, 59, '{}');
    IF fault IS NULL THEN
        SELECT * INTO fault, hours FROM parse_cron_field(fields[2], places[2], 'hour', 0, 23, '{}');
    END IF;
    IF fault IS NULL THEN
        SELECT * INTO fault, days
        FROM parse_cron_field(fields[3], places[3], 'day of month', 1, 31, '{}');
    END IF;
    IF fault IS NULL THEN
        SELECT * INTO fault, months
        FROM parse_cron_field(fields[4], places[4], 'month', 1, 12, months_by_name);
    END IF;
    IF fault IS NULL THEN
        SELECT * INTO fault, weekdays
        FROM parse_cron_field(fields[5], places[5], 'day of week', 0, 7, weekdays_by_name);
    END IF;
    either_day := fields[3] !~ '^[*?]' AND fields[5] !~ '^[*?]';
END $$;
CREATE FUNCTION public.parse_cron_field(field text, place integer, title text, lowest integer, highest integer, names text[], OUT fault text, OUT members integer[]) RETURNS record
    LANGUAGE plpgsql IMMUTABLE
    AS $_$
DECLARE
    is_weekday CONSTANT boolean := title = 'day of week';
    whole_end CONSTANT integer := CASE WHEN is_weekday THEN 6 ELSE highest END;
    item text;
    part text[];
    ends integer[];
    step integer;
BEGIN
    IF field = '*' THEN
        members := ARRAY(SELECT generate_series(lowest, whole_end));
        RETURN;
    END IF;
    members := '{}';
    FOREACH item IN ARRAY string_to_array(field, ',') LOOP
        fault := format('%s field, character %s: ', title, place);
        part := regexp_match(item, '^(?:([*?])|([0-9]{1,4}|[[:alpha:]]+)(?:-([0-9]{1,4}|[[:alpha:]]+))?)(?:/([0-9]{1,4}))?$');
        IF part IS NULL OR (part[1] = '?' AND title NOT LIKE 'day%') THEN
            fault := fault || format('"%s" is none of *, a, a-b, each with or without /step', item);
            RETURN;
        END IF;
        ends := ARRAY[lowest, whole_end];
        FOR i IN 2 .. 3 LOOP
            CONTINUE WHEN part[i] IS NULL;
            ends[i - 1] := coalesce(
                array_position(names, lower(part[i])) + lowest - 1,
                CASE WHEN part[i] ~ '^[0-9]+$' THEN part[i]::integer END);
            IF ends[i - 1] IS NULL OR ends[i - 1] NOT BETWEEN lowest AND highest THEN
                fault := fault || format('"%s" is not %s-%s%s', part[i], lowest, highest,
                    CASE WHEN names <> '{}' THEN format(' or %s-%s', names[1],
                        names[cardinality(names)]) ELSE '' END);
                RETURN;
            END IF;
        END LOOP;
        IF part[2] IS NOT NULL AND part[3] IS NULL THEN
            ends[2] := CASE WHEN part[4] IS NULL THEN ends[1]
                ELSE greatest(ends[1], whole_end) END;
        ELSIF is_weekday AND ends[2] = 0 AND ends[1] > 0 THEN
            ends[2] := 7;
        END IF;
        IF ends[1] > ends[2] THEN
            fault := fault || format('"%s" runs backwards; write it as two ranges', item);
            RETURN;
        END IF;
        step := coalesce(part[4], '1')::integer;
        IF step = 0 THEN
            fault := fault || format('"%s" has a step of 0', item);
            RETURN;
        END IF;
        members := members || ARRAY(SELECT generate_series(ends[1], ends[2], step));
        place := place + length(item) + 1;
    END LOOP;
    fault := NULL;
    members := ARRAY(
        SELECT DISTINCT CASE WHEN is_weekday THEN m % 7 ELSE m END FROM unnest(members) AS m
        ORDER BY 1);
END $_$;
CREATE FUNCTION public.pause_jobs(scope text, key text, reason text DEFAULT NULL::text) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO job_pauses AS p (scope, key, reason)
    VALUES (pause_jobs.scope, pause_jobs.key, nullif(btrim(pause_jobs.reason), ''))
    ON CONFLICT (scope, key) DO UPDATE SET reason = coalesce(excluded.reason, p.reason);
    RETURN 'paused';
END $$;
CREATE FUNCTION public.place_legal_hold() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('agent-worker legal holds', 0));
    NEW.user_id := (user_spellings(NEW.user_id))[1];
    IF NEW.job_id IS NOT NULL THEN
        SELECT j.execution_id INTO NEW.execution_id FROM jobs j WHERE j.id = NEW.job_id;
        IF NEW.execution_id IS NULL THEN
            RAISE EXCEPTION 'job % does not exist', NEW.job_id USING ERRCODE = '22023';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION public.prepare_schedule() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    zone text;
    fault text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.cron, NEW.time_zone, NEW.paused, NEW.fault)
            IS NOT DISTINCT FROM (OLD.cron, OLD.time_zone, OLD.paused, OLD.fault)
        THEN
            RETURN NEW;
        ELSIF NEW.next_at IS NOT DISTINCT FROM OLD.next_at THEN
            NEW.next_at := NULL;
        END IF;
    END IF;
    zone := known_time_zone(NEW.time_zone);
    fault := coalesce(
        'schedules.cron "' || NEW.cron || '": ' || (SELECT p.fault FROM parse_cron(NEW.cron) AS p),
        CASE WHEN zone IS NULL THEN
            format('schedules.time_zone "%s" is not the name of a time zone', NEW.time_zone) END);
    IF fault IS NULL THEN
        NEW.time_zone := zone;
        IF NOT NEW.paused THEN
            NEW.next_at := coalesce(NEW.next_at, cron_next(NEW.cron, zone, clock_timestamp()));
            fault := CASE WHEN NEW.next_at IS NULL THEN
                format('schedules.cron "%s": never comes due', NEW.cron) END;
        END IF;
    END IF;
    IF fault IS NOT NULL AND NOT NEW.follows_agent THEN
        RAISE EXCEPTION '%', fault USING ERRCODE = '22023', HINT = CASE
            WHEN fault LIKE 'schedules.time_zone%' THEN
                'Names are those of pg_timezone_names, such as Europe/Berlin or UTC.'
            ELSE 'Such as 30 9 * * MON-FRI: minute, hour, day of month, month, day of week.' END;
    END IF;
    NEW.fault := fault;
    IF fault IS NOT NULL OR NEW.paused THEN
        NEW.next_at := NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION public.price_names(provider text, model text, requested text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE
    AS $_$
DECLARE
    names text[] := '{}';
    said text;
    form text;
BEGIN
    FOREACH said IN ARRAY ARRAY[model, nullif(requested, model)] LOOP
        FOREACH form IN ARRAY ARRAY[
            said, substring(said FROM '^ft:[^:]+'),
            nullif(regexp_replace(said, '[-@](\d{4}-\d{2}-\d{2}|\d{8}|\d{4})$', ''), said)]
        LOOP
            names := names || ARRAY[
                provider || '/' || form, form, substring(form FROM '/([^/]+)$')];
        END LOOP;
    END LOOP;
    RETURN array_remove(names, NULL);
END $_$;
CREATE FUNCTION public.price_rates(model text, valid_from timestamp with time zone) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_object_agg(p.tier || '>' || p.above_tokens, jsonb_strip_nulls(jsonb_build_object(
        'input', p.input_price, 'cached_input', p.cached_input_price,
        'cache_write', p.cache_write_price, 'cache_write_1h', p.cache_write_1h_price,
        'output', p.output_price, 'reasoning', p.reasoning_price,
        'audio_input', p.audio_input_price, 'audio_output', p.audio_output_price)))
    FROM model_prices p WHERE p.model = price_rates.model AND p.valid_from = price_rates.valid_from
$$;
CREATE FUNCTION public.price_tier(service_tier text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT CASE
        WHEN service_tier IS NULL
            OR lower(service_tier) IN ('', 'default', 'auto', 'standard', 'standard_only', 'on_demand')
            THEN 'standard'
        WHEN lower(service_tier) = 'fast' THEN 'priority'
        WHEN lower(service_tier) = 'batches' THEN 'batch'
        ELSE lower(service_tier)
    END
$$;
CREATE FUNCTION public.price_version(names text[], called_at timestamp with time zone, OUT model text, OUT valid_from timestamp with time zone) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
#variable_conflict use_column
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY names LOOP
        SELECT p.model, p.valid_from INTO price_version.model, price_version.valid_from
        FROM model_prices p
        WHERE p.model = name AND p.valid_from <= called_at
        ORDER BY p.valid_from DESC LIMIT 1;
        EXIT WHEN FOUND;
    END LOOP;
END $$;
CREATE FUNCTION public.prompt_tokens(tokens jsonb) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT report_count(
        tokens -> 'prompt',
        greatest(report_count(tokens -> 'total') - completion_tokens(tokens), 0))
$$;
CREATE FUNCTION public.provider_limit(provider text, model text) RETURNS TABLE(requests double precision, tokens double precision)
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT coalesce(own.requests_per_minute, any_model.requests_per_minute, own.learned_requests),
        coalesce(own.tokens_per_minute, any_model.tokens_per_minute, own.learned_tokens)
    FROM (SELECT) AS one
    LEFT JOIN provider_limits own
        ON own.provider = provider_limit.provider AND own.model = provider_limit.model
    LEFT JOIN provider_limits any_model
        ON any_model.provider = provider_limit.provider AND any_model.model = '*'
$$;
CREATE FUNCTION public.prune_budgets(max_rows integer DEFAULT 1000) RETURNS bigint
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    old record;
    removed bigint := 0;
    more bigint;
BEGIN
    FOR old IN
        SELECT w.budget_id, w.subject, w.starts_at FROM budget_windows w
        WHERE w.ends_at < clock_timestamp() - interval '5 weeks' AND w.reserved_tokens = 0
        ORDER BY w.ends_at LIMIT max_rows
        FOR UPDATE SKIP LOCKED
    LOOP
        WITH gone AS (
            DELETE FROM budget_charges c
            WHERE c.ctid = ANY (ARRAY(
                SELECT d.ctid FROM budget_charges d
                WHERE d.budget_id = old.budget_id AND d.subject = old.subject
                    AND d.starts_at = old.starts_at AND d.state = 'spent'
                LIMIT max_rows - removed))
            RETURNING c.tokens, c.usd
        ), sums AS (
            SELECT count(*) AS rows, coalesce(sum(gone.tokens), 0) AS tokens,
                coalesce(sum(gone.usd), 0) AS usd
            FROM gone
        )
        UPDATE budget_windows w SET
            spent_tokens = w.spent_tokens - sums.tokens, spent_usd = w.spent_usd - sums.usd
        FROM sums
        WHERE w.budget_id = old.budget_id AND w.subject = old.subject
            AND w.starts_at = old.starts_at
        RETURNING sums.rows INTO more;
        removed := removed + more;
        EXIT WHEN removed >= max_rows;
        DELETE FROM budget_windows w
        WHERE w.budget_id = old.budget_id AND w.subject = old.subject
            AND w.starts_at = old.starts_at;
        removed := removed + 1;
        EXIT WHEN removed >= max_rows;
    END LOOP;
    RETURN removed;
END $$;
CREATE FUNCTION public.prune_concurrency() RETURNS void
    LANGUAGE sql
    SET search_path TO 'public', 'pg_temp'
    AS $$
    DELETE FROM concurrency_slots s
    WHERE NOT EXISTS (SELECT FROM concurrency_limits l WHERE l.id = s.limit_id)
        OR NOT EXISTS (SELECT FROM jobs j WHERE j.id = s.job_id AND j.attempt_id = s.attempt_id);
    DELETE FROM concurrency_keys k
    WHERE (k.limit_id, k.value) IN (
        SELECT f.limit_id, f.value FROM concurrency_keys f
        WHERE NOT EXISTS (
            SELECT FROM concurrency_slots s WHERE s.limit_id = f.limit_id AND s.value = f.value)
        ORDER BY f.limit_id, f.value LIMIT 1000
        FOR UPDATE SKIP LOCKED);
$$;
CREATE FUNCTION public.prune_jobs(first tid, past tid, max_rows integer) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    keep CONSTANT jsonb := (SELECT jsonb_object_agg(p.subject, p.keep) FROM retention_policies p);
    keys_before CONSTANT timestamptz := clock_timestamp() - (keep ->> 'unique_keys')::interval;
    ids bigint[];
    kept bigint[];
BEGIN
    SELECT array_agg(old.id), array_agg(old.id) FILTER (WHERE old.keeps_key) INTO ids, kept
    FROM (
        SELECT j.id, j.state = 'completed' AND j.unique_key IS NOT NULL
                AND coalesce(j.finished_at >= keys_before, true) AS keeps_key
        FROM jobs j
        WHERE j.ctid >= first AND j.ctid < past
            AND j.finished_at < clock_timestamp() - CASE
                WHEN j.pruned_at IS NOT NULL THEN (keep ->> 'unique_keys')::interval
                ELSE (keep ->> (j.state || '_jobs'))::interval END
            AND NOT is_on_legal_hold(j.user_id, j.agent_id, j.execution_id)
        LIMIT max_rows
        FOR UPDATE OF j SKIP LOCKED) AS old;
    DELETE FROM job_attempts a WHERE a.job_id = ANY (kept);
    DELETE FROM run_steps r WHERE r.execution_id = ANY (ARRAY(
        SELECT j.execution_id FROM jobs j WHERE j.id = ANY (kept)));
    UPDATE jobs j SET
        pruned_at = clock_timestamp(), output = NULL, last_error = NULL, trace_context = NULL,
        payload = CASE j.kind WHEN 'generation' THEN '{"prompt": ""}'::jsonb ELSE '{}' END
    WHERE j.id = ANY (kept);
    PERFORM remove_jobs(ARRAY(SELECT unnest(ids) EXCEPT SELECT unnest(kept)));
    RETURN coalesce(cardinality(ids), 0);
END $$;
CREATE FUNCTION public.prune_journals(max_rows integer DEFAULT 1000) RETURNS bigint
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    pruned bigint;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('agent-worker legal holds', 0));
    WITH old AS MATERIALIZED (
        SELECT r.execution_id, r.step_key FROM run_steps r
        LEFT JOIN jobs j ON j.execution_id = r.execution_id
        WHERE r.keep_until < clock_timestamp()
            AND NOT is_on_legal_hold(j.user_id, j.agent_id, r.execution_id)
        ORDER BY r.keep_until LIMIT max_rows
        FOR UPDATE OF r SKIP LOCKED
    ), gone AS (
        DELETE FROM run_steps r USING old
        WHERE r.execution_id = old.execution_id AND r.step_key = old.step_key RETURNING 1
    )
    SELECT count(*) INTO pruned FROM gone;
    RETURN pruned;
END $$;
CREATE FUNCTION public.prune_records(table_name text, first tid, past tid, max_rows integer, before timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_variable
DECLARE
    old uuid[];
    pruned bigint;
BEGIN
    CASE table_name
    WHEN 'agent_executions' THEN
        SELECT array_agg(r.id) INTO old FROM (
            SELECT e.id FROM agent_executions e
            WHERE e.ctid >= first AND e.ctid < past
                AND e.completed_at < before AND e.status IN ('completed', 'failed')
                AND NOT EXISTS (
                    SELECT FROM jobs j WHERE j.execution_id = e.id AND j.pruned_at IS NULL)
                AND NOT is_on_legal_hold(e.user_id::text, e.agent_id, e.id)
            LIMIT max_rows FOR UPDATE OF e SKIP LOCKED) AS r;
        PERFORM remove_executions(old);
    WHEN 'token_usage' THEN
        SELECT array_agg(r.id) INTO old FROM (
            SELECT u.id FROM token_usage u
            WHERE u.ctid >= first AND u.ctid < past
                AND u.created_at < before AND u.status <> 'pending'
                AND NOT EXISTS (
                    SELECT FROM jobs j
                    WHERE j.execution_id = u.execution_id AND j.pruned_at IS NULL)
                AND NOT is_on_legal_hold(u.user_id, u.agent_id, u.execution_id)
            LIMIT max_rows FOR UPDATE OF u SKIP LOCKED) AS r;
        PERFORM remove_usage(old);
    WHEN 'agent_logs' THEN
        WITH gone AS (
            DELETE FROM agent_logs l WHERE l.id = ANY (ARRAY(
                SELECT o.id FROM agent_logs o
                WHERE o.ctid >= first AND o.ctid < past AND o.created_at < before
                    AND NOT EXISTS (
                        SELECT FROM jobs j
                        WHERE j.execution_id = o.execution_id AND j.pruned_at IS NULL)
                    AND NOT is_on_legal_hold(o.user_id::text, o.agent_id, o.execution_id)
                LIMIT max_rows FOR UPDATE OF o SKIP LOCKED))
            RETURNING 1)
        SELECT count(*) INTO pruned FROM gone;
    WHEN 'agent_generation_logs' THEN
        WITH gone AS (
            DELETE FROM agent_generation_logs g WHERE g.id = ANY (ARRAY(
                SELECT o.id FROM agent_generation_logs o
                LEFT JOIN jobs j ON j.id = o.job_id
                WHERE o.ctid >= first AND o.ctid < past AND o.completed_at < before
                    AND (j.id IS NULL OR j.pruned_at IS NOT NULL)
                    AND NOT is_on_legal_hold(o.user_id, NULL, j.execution_id)
                LIMIT max_rows FOR UPDATE OF o SKIP LOCKED))
            RETURNING 1)
        SELECT count(*) INTO pruned FROM gone;
    END CASE;
    RETURN coalesce(pruned, cardinality(old), 0);
END $$;
CREATE FUNCTION public.prune_run_memories(max_rows integer DEFAULT 1000) RETURNS bigint
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    pruned bigint;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('agent-worker legal holds', 0));
    WITH old AS MATERIALIZED (
        SELECT m.id FROM run_memories m
        WHERE m.expires_at < clock_timestamp()
            AND NOT is_on_legal_hold(m.user_id::text, m.agent_id, m.execution_id)
        ORDER BY m.expires_at LIMIT max_rows
        FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM run_memories m WHERE m.id = ANY (ARRAY(SELECT old.id FROM old)) RETURNING 1
    )
    SELECT count(*) INTO pruned FROM gone;
    RETURN pruned;
END $$;
CREATE FUNCTION public.prune_step(max_rows integer DEFAULT 500, max_blocks integer DEFAULT 256, again_after interval DEFAULT '01:00:00'::interval) RETURNS TABLE(table_name text, pruned bigint, swept boolean)
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    sweep retention_sweeps;
    size bigint;
    first tid;
    past tid;
BEGIN
    SELECT s.* INTO sweep FROM retention_sweeps s
    WHERE s.sweep_after <= clock_timestamp()
        AND EXISTS (
            SELECT FROM retention_policies p
            WHERE p.subject = ANY (s.subjects) AND p.keep IS NOT NULL)
    ORDER BY s.sweep_after, s.table_name <> 'jobs', s.table_name LIMIT 1
    FOR UPDATE OF s SKIP LOCKED;
    IF sweep.table_name IS NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('agent-worker legal holds', 0));
    table_name := sweep.table_name;
    size := pg_relation_size(table_name::regclass) / current_setting('block_size')::bigint;
    first := format('(%s,0)', sweep.next_block)::tid;
    past := format('(%s,0)', sweep.next_block + max_blocks)::tid;
    IF table_name = 'jobs' THEN
        pruned := prune_jobs(first, past, max_rows);
    ELSE
        pruned := prune_records(table_name, first, past, max_rows, (
            SELECT clock_timestamp() - p.keep FROM retention_policies p
            WHERE p.subject = sweep.subjects[1]));
    END IF;
    swept := pruned < max_rows AND sweep.next_block + max_blocks >= size;
    UPDATE retention_sweeps s SET
        pruned = s.pruned + prune_step.pruned,
        next_block = CASE WHEN swept THEN 0
            WHEN prune_step.pruned < max_rows THEN s.next_block + max_blocks
            ELSE s.next_block END,
        sweep_after = CASE WHEN swept THEN clock_timestamp() + again_after ELSE s.sweep_after END
    WHERE s.table_name = sweep.table_name;
    RETURN NEXT;
END $$;
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
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    unfinished boolean;
    generated boolean;
    ran_for_good boolean;
    runs run_record[];
BEGIN
    SELECT bool_or(j.finished_at IS NULL), bool_or(j.kind = 'generation'),
        bool_or(j.kind IN ('agentkit', 'orchestrator') AND j.finished_at IS NOT NULL
            AND j.claimed_at IS NOT NULL)
    INTO unfinished, generated, ran_for_good
    FROM jobs j WHERE j.id = ANY (job_ids);
    IF unfinished THEN
        PERFORM keep_run_reports(settlements, attempt_ids);
    END IF;
    IF ran_for_good THEN
        WITH job AS MATERIALIZED (
            SELECT j.* FROM jobs j
            WHERE j.id = ANY (job_ids) AND j.kind IN ('agentkit', 'orchestrator')
                AND j.finished_at IS NOT NULL
        ), said AS MATERIALIZED (
            SELECT DISTINCT ON (s.job_id) s.job_id, s.run
            FROM jsonb_to_recordset(settlements) AS s(job_id bigint, attempt_id uuid, run jsonb)
            WHERE s.attempt_id = ANY (attempt_ids)
        ), ran AS MATERIALIZED (
            SELECT a.job_id, min(a.started_at) AS started_at,
                (array_agg(a.model ORDER BY a.started_at DESC) FILTER (WHERE a.model IS NOT NULL))[1]
                    AS model,
                (array_agg(a.provider ORDER BY a.started_at DESC)
                    FILTER (WHERE a.provider IS NOT NULL))[1] AS provider,
                round(extract(epoch FROM sum(a.ended_at - a.started_at)) * 1000)::bigint AS duration_ms
            FROM job_attempts a WHERE a.job_id = ANY (ARRAY(SELECT job.id FROM job))
            GROUP BY a.job_id
        ), used AS MATERIALIZED (
            SELECT u.execution_id, sum(u.input_tokens) AS input, sum(u.output_tokens) AS output,
                sum(u.cached_tokens) AS cached, sum(u.total_tokens) AS total, sum(u.cost_usd) AS cost,
                jsonb_agg(DISTINCT u.model_name) FILTER (WHERE u.status = 'settled') AS models
            FROM token_usage u WHERE u.execution_id = ANY (ARRAY(SELECT job.execution_id FROM job))
            GROUP BY u.execution_id
        ), defined AS MATERIALIZED (
            SELECT a.id, (
                    SELECT jsonb_build_object(
                        'steps', count(*),
                        'branches', count(*) FILTER (
                            WHERE step ->> 'type' IN ('conditional', 'branch')),
                        'loops', count(*) FILTER (WHERE step ->> 'type' IN ('loop', 'iteration')),
                        'parallel', count(*) FILTER (WHERE step -> 'parallel' = 'true'))
                    FROM jsonb_array_elements(
                        CASE jsonb_typeof(a.workflow_steps)
                            WHEN 'array' THEN a.workflow_steps ELSE '[]' END) AS step) AS definition,
                CASE jsonb_typeof(to_jsonb(a.plugins_required))
                    WHEN 'array' THEN to_jsonb(a.plugins_required) ELSE '[]' END AS declared
            FROM agents a WHERE a.id = ANY (ARRAY(SELECT job.agent_id FROM job))
        )
        SELECT array_agg(ROW(
                j.execution_id, j.agent_id, j.user_id, j.kind = 'agentkit', j.state = 'completed',
                CASE j.state WHEN 'completed' THEN NULL WHEN 'cancelled' THEN 'cancelled'
                    ELSE coalesce(j.last_error, 'failed') END,
                j.execution_type, j.scheduled_at, ran.started_at, j.finished_at,
                greatest(ran.duration_ms, 0),
                greatest(j.attempt - 1, 0) + coalesce((run.said ->> 'step_retries')::integer, 0),
                coalesce(report_count(run.said -> 'input_values_used', NULL), CASE
                    WHEN run.said -> 'input_values_used' IS NOT NULL THEN 0
                    WHEN jsonb_typeof(j.payload -> 'input_values') = 'object'
                    THEN (SELECT count(*) FROM jsonb_object_keys(j.payload -> 'input_values'))
                    ELSE 0 END),
                report_tokens(used.input), report_tokens(used.output), report_tokens(used.cached),
                report_tokens(used.total), used.cost, coalesce(used.models, '[]'),
                coalesce(run.said -> 'model', to_jsonb(ran.model)),
                coalesce(run.said -> 'provider', to_jsonb(ran.provider)),
                coalesce(run.said -> 'definition', d.definition),
                coalesce(run.said -> 'declared_plugins', d.declared),
                coalesce(run.said, '{}'))::run_record ORDER BY j.finished_at, j.id)
        INTO runs
        FROM job j
        JOIN ran ON ran.job_id = j.id
        LEFT JOIN said ON said.job_id = j.id
        LEFT JOIN used ON used.execution_id = j.execution_id
        LEFT JOIN defined d ON d.id = j.agent_id
        CROSS JOIN LATERAL (
            SELECT coalesce(said.run, journalled_run(j.execution_id, j.agent_id)) AS said
            OFFSET 0) AS run;
        IF runs IS NOT NULL THEN
            PERFORM write_runs(runs);
        END IF;
    END IF;
    IF generated IS NOT TRUE THEN
        RETURN;
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
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(u.input_tokens), 0)::bigint AS input,
            coalesce(sum(u.output_tokens), 0)::bigint AS output,
            coalesce(sum(u.cached_tokens), 0)::bigint AS cached,
            coalesce(sum(u.total_tokens), 0)::bigint AS total,
            coalesce(jsonb_agg(DISTINCT u.model_name) FILTER (WHERE u.status = 'settled'), '[]')
                AS models
        FROM token_usage u WHERE u.execution_id = j.execution_id) AS used
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
CREATE FUNCTION public.release_budget_holds(budget bigint) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $_$
DECLARE
    released bigint;
BEGIN
    IF to_regprocedure('release_holds(text)') IS NOT NULL THEN
        EXECUTE 'SELECT release_holds($1)::bigint' INTO released
        USING 'budget:' || release_budget_holds.budget || ':';
        RETURN released;
    END IF;
    UPDATE jobs j SET state = 'available', hold_key = NULL, hold_reason = NULL, hold_until = NULL
    WHERE j.state = 'held'
        AND starts_with(j.hold_key, 'budget:' || release_budget_holds.budget || ':');
    GET DIAGNOSTICS released = ROW_COUNT;
    PERFORM pg_notify('agent_worker_jobs', '') WHERE released > 0;
    RETURN released;
END $_$;
CREATE FUNCTION public.release_changed_budgets() RETURNS bigint
    LANGUAGE sql
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT coalesce(sum(release_budget_holds(b.id)), 0)::bigint
    FROM budgets b WHERE b.updated_at > clock_timestamp() - interval '2 minutes'
$$;
CREATE FUNCTION public.release_holds(hold_key text) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    woken bigint := wake_under(release_holds.hold_key, 1000);
BEGIN
    IF woken = 1000 THEN
        INSERT INTO hold_releases AS r (hold_key) VALUES (release_holds.hold_key)
        ON CONFLICT (hold_key) DO UPDATE SET released_at = clock_timestamp();
    END IF;
    PERFORM pg_notify('agent_worker_jobs', 'woken');
    RETURN woken;
END $$;
CREATE FUNCTION public.release_holds(hold_key text, max_jobs integer) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    woken bigint := wake_under(release_holds.hold_key, max_jobs);
BEGIN
    PERFORM pg_notify('agent_worker_jobs', 'woken');
    RETURN woken;
END $$;
CREATE FUNCTION public.release_unpriced_holds() RETURNS bigint
    LANGUAGE sql
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT coalesce(sum(release_budget_holds(b.id)), 0)::bigint
    FROM budgets b
    WHERE b.removed_at IS NULL AND b.usd_limit IS NOT NULL AND b.unpriced = 'refuse'
$$;
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
CREATE FUNCTION public.remove_budget(id bigint) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
    UPDATE budgets b SET removed_at = clock_timestamp(), updated_at = clock_timestamp()
    WHERE b.id = remove_budget.id AND b.removed_at IS NULL;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM release_budget_holds(remove_budget.id);
    RETURN true;
END $$;
CREATE FUNCTION public.remove_executions(ids uuid[], forget_user boolean DEFAULT false) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    nobody CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
    gone pruned_runs[];
BEGIN
    WITH removed AS (
        DELETE FROM agent_executions e WHERE e.id = ANY (ids)
        RETURNING e.agent_id, e.user_id, e.status
    ), counted AS (
        SELECT r.agent_id, r.user_id, count(*) AS runs,
            count(*) FILTER (WHERE r.status = 'completed') AS successes
        FROM removed r
        WHERE r.status IN ('completed', 'failed') AND r.agent_id IS NOT NULL
            AND r.user_id IS NOT NULL
        GROUP BY r.agent_id, r.user_id
    )
    SELECT array_agg(ROW(c.agent_id, c.user_id, c.runs, c.successes)::pruned_runs)
    INTO gone FROM counted c;
    IF forget_user THEN
        PERFORM move_runs_to_nobody(gone);
    END IF;
    INSERT INTO pruned_runs AS p (agent_id, user_id, runs, successes)
    SELECT g.agent_id, CASE WHEN forget_user THEN nobody ELSE g.user_id END, sum(g.runs),
        sum(g.successes)
    FROM unnest(gone) AS g
    GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (agent_id, user_id) DO UPDATE SET
        runs = p.runs + excluded.runs, successes = p.successes + excluded.successes;
END $$;
CREATE FUNCTION public.remove_jobs(job_ids bigint[]) RETURNS void
    LANGUAGE sql
    SET search_path TO 'public', 'pg_temp'
    AS $$
    DELETE FROM job_attempts a WHERE a.job_id = ANY (job_ids);
    DELETE FROM run_steps r WHERE r.execution_id = ANY (ARRAY(
        SELECT j.execution_id FROM jobs j WHERE j.id = ANY (job_ids)));
    DELETE FROM jobs j WHERE j.id = ANY (job_ids);
$$;
CREATE FUNCTION public.remove_provider_limit(provider_input text, model_input text) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    DELETE FROM provider_limits l WHERE l.provider = provider_input AND l.model = model_input;
    IF FOUND THEN
        PERFORM pg_notify('agent_worker_providers', provider_input);
    END IF;
    RETURN FOUND;
END $$;
CREATE FUNCTION public.remove_usage(ids uuid[], forget_user boolean DEFAULT false) RETURNS void
    LANGUAGE sql
    SET search_path TO 'public', 'pg_temp'
    AS $$
    WITH gone AS (
        DELETE FROM token_usage u WHERE u.id = ANY (ids) RETURNING u.*, to_jsonb(u) AS whole
    ), carried AS (
        INSERT INTO pruned_usage AS p (
            day, user_id, agent_id, provider, model_name, activity_type, calls, failed_calls,
            priced_calls, counted_calls, input_tokens, output_tokens, cached_tokens,
            cache_write_tokens, reasoning_tokens, cost_usd)
        SELECT (g.created_at AT TIME ZONE 'UTC')::date, CASE WHEN NOT forget_user THEN g.user_id END,
            g.agent_id, g.provider, g.model_name, g.activity_type, count(*),
            count(*) FILTER (WHERE g.status = 'failed'), count(g.cost_usd),
            count(g.output_tokens), coalesce(sum(g.input_tokens), 0),
            coalesce(sum(g.output_tokens), 0), coalesce(sum(g.cached_tokens), 0),
            coalesce(sum((g.whole ->> 'cache_write_tokens')::bigint), 0),
            coalesce(sum(g.reasoning_tokens), 0), sum(g.cost_usd)
        FROM gone g
        GROUP BY 1, 2, 3, 4, 5, 6
        ORDER BY 1, 2, 3, 4, 5, 6
        ON CONFLICT (day, user_id, agent_id, provider, model_name, activity_type) DO UPDATE SET
            calls = p.calls + excluded.calls,
            failed_calls = p.failed_calls + excluded.failed_calls,
            priced_calls = p.priced_calls + excluded.priced_calls,
            counted_calls = p.counted_calls + excluded.counted_calls,
            input_tokens = p.input_tokens + excluded.input_tokens,
            output_tokens = p.output_tokens + excluded.output_tokens,
            cached_tokens = p.cached_tokens + excluded.cached_tokens,
            cache_write_tokens = p.cache_write_tokens + excluded.cache_write_tokens,
            reasoning_tokens = p.reasoning_tokens + excluded.reasoning_tokens,
            cost_usd = CASE WHEN p.cost_usd IS NULL THEN excluded.cost_usd
                ELSE p.cost_usd + coalesce(excluded.cost_usd, 0) END
    )
    INSERT INTO agent_token_baselines AS b (agent_id, output_sum, output_rows)
    SELECT g.agent_id, sum(g.output_tokens), count(*)
    FROM gone g
    WHERE g.activity_type = 'agent_execution' AND g.output_tokens IS NOT NULL
        AND g.agent_id IS NOT NULL
    GROUP BY g.agent_id
    ORDER BY g.agent_id
    ON CONFLICT (agent_id) DO UPDATE SET
        output_sum = b.output_sum + excluded.output_sum,
        output_rows = b.output_rows + excluded.output_rows
$$;
CREATE FUNCTION public.repair_holds(after_key text DEFAULT ''::text, max_keys integer DEFAULT 100) RETURNS text
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $_$
#variable_conflict use_column
DECLARE
    key text;
    word text[];
    lim concurrency_limits;
    woken bigint := 0;
    sample jobs;
BEGIN
    FOR step IN 1..max_keys LOOP
        SELECT j.hold_key INTO key FROM jobs j
        WHERE j.state = 'held' AND j.hold_key COLLATE "C" > after_key
        ORDER BY j.hold_key COLLATE "C" LIMIT 1;
        EXIT WHEN NOT FOUND;
        after_key := key;
        word := regexp_match(key, '^(pause):(\w+):(.*)$|^(limit):(\d+):');
        IF word[1] = 'pause' AND NOT EXISTS (
            SELECT FROM job_pauses p WHERE p.scope = word[2] AND p.key = word[3]) THEN
            woken := woken + wake_under(key, 1000);
        ELSIF word[4] = 'limit' THEN
            SELECT l.* INTO lim FROM concurrency_limits l WHERE l.id = word[5]::bigint;
            IF lim.id IS NULL THEN
                woken := woken + wake_under(key, 1000);
                CONTINUE;
            END IF;
            SELECT j.* INTO sample FROM jobs j
            WHERE j.state = 'held' AND j.hold_key COLLATE "C" = key LIMIT 1;
            woken := woken + coalesce((
                SELECT wake_in_turn(key,
                    least(100, l.max_running - running_under(l.limit_id, l.value)))
                FROM limits_of(sample.queue, sample.kind, sample.user_id, sample.agent_id,
                    sample.payload) AS l
                WHERE l.limit_id = lim.id),
                wake_under(key, 1000));
        END IF;
    END LOOP;
    IF woken > 0 THEN
        PERFORM pg_notify('agent_worker_jobs', 'woken');
    END IF;
    RETURN key;
END $_$;
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
CREATE FUNCTION public.report_tokens(total numeric) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT least(greatest(coalesce(total, 0), 0), 9007199254740991)::bigint
$$;
CREATE FUNCTION public.reprice_usage(after uuid DEFAULT NULL::uuid, max_rows integer DEFAULT 500, since timestamp with time zone DEFAULT '-infinity'::timestamp with time zone, dry_run boolean DEFAULT false, OUT last uuid, OUT calls bigint, OUT changed bigint, OUT unpriced bigint, OUT old_cost numeric, OUT new_cost numeric) RETURNS record
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    step uuid[] := ARRAY(
        SELECT u.id FROM token_usage u
        WHERE u.id > coalesce(after, '00000000-0000-0000-0000-000000000000')
        ORDER BY u.id LIMIT max_rows);
    other uuid[];
BEGIN
    last := step[cardinality(step)];
    IF NOT dry_run THEN
        PERFORM FROM jobs j
        WHERE j.id = ANY (ARRAY(SELECT u.job_id FROM token_usage u WHERE u.id = ANY (step)))
        ORDER BY j.id FOR SHARE;
    END IF;
    SELECT count(*), count(*) FILTER (WHERE c.new IS DISTINCT FROM c.old),
        count(*) FILTER (WHERE c.new IS NULL), coalesce(sum(c.old), 0), coalesce(sum(c.new), 0),
        coalesce(array_agg(c.id ORDER BY c.id) FILTER (WHERE c.new IS DISTINCT FROM c.old), '{}')
    INTO calls, changed, unpriced, old_cost, new_cost, other
    FROM (
        SELECT u.id, u.cost_usd AS old, coalesce(call_cost(
            u.model_name, u.created_at, u.input_tokens, u.output_tokens, u.cached_tokens,
            u.cache_write_tokens, u.cache_write_1h_tokens, u.reasoning_tokens, u.service_tier,
            u.requested_model, u.provider, u.raw_usage), u.cost_usd) AS new
        FROM token_usage u
        WHERE u.id = ANY (step) AND u.created_at >= reprice_usage.since
            AND u.status IN ('settled', 'failed') AND u.total_tokens > 0
            AND (u.attempt_id IS NOT NULL OR u.cost_usd IS NULL)) AS c;
    IF dry_run THEN
        RETURN;
    END IF;
    UPDATE token_usage u SET estimated_cost_usd = estimate.usd
    FROM (
        SELECT e.id, call_cost(
            coalesce(e.requested_model, e.model_name), e.created_at, e.estimated_input_tokens,
            e.estimated_output_tokens, provider => e.provider) AS usd
        FROM token_usage e
        WHERE e.id = ANY (step) AND e.status = 'unknown'
            AND e.created_at >= reprice_usage.since) AS estimate
    WHERE u.id = estimate.id AND estimate.usd <> coalesce(u.estimated_cost_usd, -1);
    IF cardinality(other) = 0 THEN
        RETURN;
    END IF;
    UPDATE token_usage u SET cost_usd = coalesce(call_cost(
        u.model_name, u.created_at, u.input_tokens, u.output_tokens, u.cached_tokens,
        u.cache_write_tokens, u.cache_write_1h_tokens, u.reasoning_tokens, u.service_tier,
        u.requested_model, u.provider, u.raw_usage), u.cost_usd)
    WHERE u.id = ANY (other);
    UPDATE job_attempts a SET cost_usd = (
        SELECT sum(u.cost_usd) FROM token_usage u WHERE u.attempt_id = a.attempt_id)
    WHERE a.attempt_id = ANY (ARRAY(
        SELECT u.attempt_id FROM token_usage u WHERE u.id = ANY (other)));
    PERFORM settle_charges(other);
    other := ARRAY(
        SELECT DISTINCT u.execution_id FROM token_usage u
        WHERE u.id = ANY (other) AND u.execution_id IS NOT NULL);
    UPDATE agent_executions e SET
        logs = jsonb_set(e.logs::jsonb, '{costUsd}', to_jsonb((
            SELECT used.cost FROM execution_usage(e.id) AS used)))
    WHERE e.id = ANY (other) AND e.logs::jsonb ? 'costUsd';
    UPDATE agent_logs l SET
        full_output = jsonb_set(
            l.full_output::jsonb, '{costUsd}', to_jsonb((
                SELECT used.cost FROM execution_usage(l.execution_id) AS used)))
    WHERE l.execution_id = ANY (other) AND l.full_output::jsonb ? 'costUsd';
END $$;
CREATE FUNCTION public.rescue_jobs(max_jobs integer DEFAULT 100, rescuer uuid DEFAULT NULL::uuid, held uuid[] DEFAULT '{}'::uuid[], held_at timestamp with time zone DEFAULT NULL::timestamp with time zone) RETURNS TABLE(job_id bigint, attempt_id uuid, worker_id uuid, state text, error text)
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
                        AND j.claimed_at + make_interval(secs => w.lease_s)
                            < least(held_at, clock_timestamp())))
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
CREATE FUNCTION public.resume_jobs(scope text, key text) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
    DELETE FROM job_pauses p WHERE p.scope = resume_jobs.scope AND p.key = resume_jobs.key;
    IF NOT FOUND THEN
        RETURN 'not paused';
    END IF;
    PERFORM release_holds(format('pause:%s:%s', resume_jobs.scope, resume_jobs.key));
    RETURN 'resumed';
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
    ELSIF old.pruned_at IS NOT NULL THEN
        RAISE EXCEPTION 'job % was pruned at %, its payload is gone', old.id, old.pruned_at
            USING ERRCODE = '22023';
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
CREATE FUNCTION public.running_under(counted bigint, of_value text) RETURNS bigint
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT count(*) FROM concurrency_slots s
    WHERE s.limit_id = counted AND s.value = of_value
        AND EXISTS (SELECT FROM jobs j WHERE j.id = s.job_id AND j.attempt_id = s.attempt_id)
$$;
CREATE FUNCTION public.set_budget(scope text, period text, subject text DEFAULT '*'::text, token_limit bigint DEFAULT NULL::bigint, usd_limit numeric DEFAULT NULL::numeric, time_zone text DEFAULT 'UTC'::text, unpriced text DEFAULT 'refuse'::text, assumed_input_price numeric DEFAULT NULL::numeric, assumed_output_price numeric DEFAULT NULL::numeric) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    budget bigint;
BEGIN
    PERFORM budget_period('day', set_budget.time_zone, clock_timestamp());
    IF set_budget.scope = 'agent' AND set_budget.subject <> '*' THEN
        PERFORM set_budget.subject::uuid;
    END IF;
    INSERT INTO budgets AS b (
        scope, subject, period, time_zone, token_limit, usd_limit, unpriced, assumed_input_price,
        assumed_output_price)
    VALUES (
        set_budget.scope, budget_subject(set_budget.subject), set_budget.period,
        set_budget.time_zone, set_budget.token_limit, set_budget.usd_limit, set_budget.unpriced,
        set_budget.assumed_input_price, set_budget.assumed_output_price)
    ON CONFLICT (scope, subject, period) WHERE removed_at IS NULL DO UPDATE SET
        time_zone = excluded.time_zone, token_limit = excluded.token_limit,
        usd_limit = excluded.usd_limit, unpriced = excluded.unpriced,
        assumed_input_price = excluded.assumed_input_price,
        assumed_output_price = excluded.assumed_output_price, updated_at = clock_timestamp()
    RETURNING b.id INTO budget;
    PERFORM release_budget_holds(budget);
    RETURN budget;
END $$;
CREATE FUNCTION public.set_concurrency_limit(scope text, max_running integer, key text DEFAULT '*'::text, payload_path text DEFAULT NULL::text) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    path text[] := string_to_array(set_concurrency_limit.payload_path, '.');
    gone bigint;
BEGIN
    IF set_concurrency_limit.max_running IS NOT NULL THEN
        INSERT INTO concurrency_limits (scope, key, payload_path, max_running)
        VALUES (set_concurrency_limit.scope, set_concurrency_limit.key, path,
            set_concurrency_limit.max_running)
        ON CONFLICT (scope, payload_path, key) DO UPDATE SET max_running = excluded.max_running;
        PERFORM count_running_jobs();
    ELSE
        DELETE FROM concurrency_limits l
        WHERE l.scope = set_concurrency_limit.scope AND l.key = set_concurrency_limit.key
            AND l.payload_path IS NOT DISTINCT FROM path
        RETURNING l.id INTO gone;
        IF gone IS NULL THEN
            RETURN 'no such limit';
        END IF;
        DELETE FROM concurrency_slots s WHERE s.limit_id = gone;
    END IF;
    PERFORM release_holds(format('limit:%s:', l.id)) FROM (
        SELECT l.id FROM concurrency_limits l
        WHERE l.scope = set_concurrency_limit.scope AND l.payload_path IS NOT DISTINCT FROM path
        UNION SELECT gone) AS l
    WHERE l.id IS NOT NULL;
    RETURN CASE WHEN gone IS NULL THEN 'limited' ELSE 'removed' END;
END $$;
CREATE FUNCTION public.set_provider_limit(provider_input text, model_input text, requests double precision DEFAULT NULL::double precision, tokens double precision DEFAULT NULL::double precision) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO provider_limits AS l (provider, model, requests_per_minute, tokens_per_minute)
    VALUES (provider_input, model_input, requests, tokens)
    ON CONFLICT (provider, model) DO UPDATE SET
        requests_per_minute = coalesce(excluded.requests_per_minute, l.requests_per_minute),
        tokens_per_minute = coalesce(excluded.tokens_per_minute, l.tokens_per_minute),
        updated_at = clock_timestamp();
    PERFORM pg_notify('agent_worker_providers', provider_input);
END $$;
CREATE FUNCTION public.set_user_weight(user_id text, weight double precision) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
    IF set_user_weight.weight = 1 THEN
        DELETE FROM user_weights w WHERE w.user_id = set_user_weight.user_id;
    ELSE
        INSERT INTO user_weights (user_id, weight)
        VALUES (set_user_weight.user_id, set_user_weight.weight)
        ON CONFLICT (user_id) DO UPDATE SET weight = excluded.weight;
    END IF;
    RETURN 'set';
END $$;
CREATE FUNCTION public.settle_charges(calls uuid[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
    PERFORM FROM token_usage u WHERE u.id = ANY (calls) ORDER BY u.id FOR NO KEY UPDATE;
    PERFORM FROM budget_windows w
    WHERE (w.budget_id, w.subject, w.starts_at) IN (
        SELECT c.budget_id, c.subject, c.starts_at FROM budget_charges c
        WHERE c.usage_id = ANY (calls))
    ORDER BY w.budget_id, w.subject, w.starts_at
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    WITH said AS MATERIALIZED (
        SELECT c.usage_id, c.budget_id, c.subject, c.starts_at, c.state, c.tokens, c.usd,
            c.is_priced, is_known.yes AS is_known,
            CASE WHEN is_known.yes THEN coalesce(u.total_tokens, 0) ELSE c.tokens END AS new_tokens,
            CASE WHEN NOT is_known.yes THEN c.usd
                WHEN u.total_tokens IS NULL THEN 0
                WHEN u.cost_usd IS NOT NULL THEN u.cost_usd
                WHEN b.unpriced = 'assume' THEN
                    coalesce(u.input_tokens, 0) * b.assumed_input_price
                    + coalesce(u.output_tokens, 0) * b.assumed_output_price
                ELSE c.usd END AS new_usd,
            CASE WHEN NOT is_known.yes THEN c.is_priced
                ELSE u.cost_usd IS NOT NULL OR u.total_tokens IS NULL END AS new_is_priced
        FROM budget_charges c
        JOIN token_usage u ON u.id = c.usage_id
        LEFT JOIN budgets b ON b.id = c.budget_id
        CROSS JOIN LATERAL (SELECT u.status IN ('settled', 'failed') AS yes) AS is_known
        WHERE c.usage_id = ANY (calls) AND u.status <> 'pending'
    ), written AS (
        UPDATE budget_charges c SET
            state = 'spent', tokens = s.new_tokens, usd = s.new_usd, is_priced = s.new_is_priced
        FROM said s WHERE c.usage_id = s.usage_id AND c.budget_id = s.budget_id
    )
    UPDATE budget_windows w SET
        reserved_tokens = w.reserved_tokens - change.released_tokens,
        reserved_usd = w.reserved_usd - change.released_usd,
        spent_tokens = w.spent_tokens + change.spent_tokens,
        spent_usd = w.spent_usd + change.spent_usd,
        unpriced_calls = w.unpriced_calls + change.unpriced
    FROM (
        SELECT s.budget_id, s.subject, s.starts_at,
            coalesce(sum(s.tokens) FILTER (WHERE s.state = 'reserved'), 0) AS released_tokens,
            coalesce(sum(s.usd) FILTER (WHERE s.state = 'reserved'), 0) AS released_usd,
            sum(s.new_tokens) - coalesce(sum(s.tokens) FILTER (WHERE s.state = 'spent'), 0)
                AS spent_tokens,
            sum(s.new_usd) - coalesce(sum(s.usd) FILTER (WHERE s.state = 'spent'), 0) AS spent_usd,
            count(*) FILTER (WHERE NOT s.new_is_priced)
                - count(*) FILTER (WHERE s.state = 'spent' AND NOT s.is_priced) AS unpriced
        FROM said s GROUP BY s.budget_id, s.subject, s.starts_at) AS change
    WHERE w.budget_id = change.budget_id AND w.subject = change.subject
        AND w.starts_at = change.starts_at;
END $$;
CREATE FUNCTION public.settle_jobs(settlements jsonb) RETURNS TABLE(attempt_id uuid, verdict text, total_tokens bigint)
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    ended job_attempts[];
    attempts uuid[];
    executions uuid[];
    recorded bigint[];
    waits boolean;
    called boolean;
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
        RETURNING j.id, j.kind, j.execution_id, s.attempt_id, j.worker_id, j.claimed_at,
            s.failure_class, s.error,
            CASE WHEN j.state = 'held' THEN 'snooze'
                WHEN j.state IN ('available', 'waiting') THEN s.outcome ELSE j.state END
                AS outcome,
            j.attempt + CASE WHEN s.outcome IN ('snooze', 'interrupt', 'wait', 'hold')
                AND j.state IN ('available', 'waiting', 'held') THEN 1 ELSE 0 END AS attempt
    )
    SELECT array_agg(ROW(
            f.attempt_id, f.id, f.attempt, f.worker_id, f.claimed_at, NULL, f.outcome,
            f.failure_class, f.error, 0, 0, 0, 0, NULL, NULL, NULL)::job_attempts),
        array_agg(f.attempt_id), array_agg(f.execution_id),
        array_agg(f.id ORDER BY f.id)
            FILTER (WHERE f.kind IN ('agentkit', 'orchestrator', 'generation')),
        bool_or(f.outcome = 'wait')
    INTO ended, attempts, executions, recorded, waits FROM fenced f;
    IF ended IS NOT NULL THEN
        IF waits THEN
            PERFORM begin_waits(ended);
        END IF;
        called := end_attempts(ended, executions);
        IF recorded IS NOT NULL THEN
            PERFORM record_finished_jobs(recorded, settlements, attempts);
        END IF;
        IF EXISTS (SELECT FROM run_steps r WHERE r.execution_id = ANY (executions)) THEN
            PERFORM purge_journals(ARRAY(SELECT e.job_id FROM unnest(ended) AS e));
        END IF;
        IF called THEN
            RETURN QUERY
            SELECT a.attempt_id, 'done', a.total_tokens
            FROM job_attempts a WHERE a.attempt_id = ANY (attempts);
        ELSE
            RETURN QUERY SELECT attempt, 'done', 0::bigint FROM unnest(attempts) AS attempt;
        END IF;
    END IF;
    IF cardinality(attempts) IS DISTINCT FROM jsonb_array_length(settlements) THEN
        RETURN QUERY
        SELECT s.attempt_id,
            CASE WHEN a.failure_class IS DISTINCT FROM 'crash' AND a.attempt_id IS NOT NULL
                THEN 'already' ELSE 'lost' END,
            a.total_tokens
        FROM jsonb_to_recordset(settlements) AS s(attempt_id uuid)
        LEFT JOIN job_attempts a ON a.attempt_id = s.attempt_id
        WHERE s.attempt_id <> ALL (coalesce(attempts, '{}'));
    END IF;
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
CREATE FUNCTION public.sync_agent_schedules(max_changes integer DEFAULT 200) RETURNS bigint
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    changed uuid[];
BEGIN
    IF NOT EXISTS (SELECT FROM agent_schedule_changes)
        OR NOT pg_try_advisory_xact_lock(hashtextextended('agent-worker agent schedules', 0))
    THEN
        RETURN 0;
    END IF;
    WITH read AS (
        DELETE FROM agent_schedule_changes c
        WHERE c.id = ANY (ARRAY(
            SELECT first.id FROM agent_schedule_changes first ORDER BY first.id LIMIT max_changes))
        RETURNING c.agent_id
    )
    SELECT array_agg(DISTINCT r.agent_id ORDER BY r.agent_id) INTO changed FROM read r;
    DELETE FROM schedules s
    WHERE s.follows_agent AND s.agent_id = ANY (changed)
        AND NOT EXISTS (
            SELECT FROM agents a
            WHERE a.id = s.agent_id AND a.mode::text = 'scheduled' AND a.status::text = 'active'
                AND a.schedule_enabled AND a.deleted_at IS NULL);
    INSERT INTO schedules AS s (
        name, cron, time_zone, kind, user_id, agent_id, priority, follows_agent, agent_next_run,
        next_at)
    SELECT 'agent:' || a.id, left(coalesce(a.schedule_cron, ''), 1000), coalesce(a.timezone, 'UTC'),
        'agentkit', a.user_id, a.id, 5, true, a.next_run, wanted.next_at
    FROM agents a
    CROSS JOIN LATERAL (
        SELECT CASE WHEN a.next_run > clock_timestamp() - interval '5 minutes' THEN a.next_run END
            AS next_at) AS wanted
    WHERE a.id = ANY (changed) AND a.mode::text = 'scheduled' AND a.status::text = 'active'
        AND a.schedule_enabled AND a.deleted_at IS NULL
    ON CONFLICT (name) DO UPDATE SET
        cron = excluded.cron, time_zone = excluded.time_zone, user_id = excluded.user_id,
        fault = NULL, agent_next_run = excluded.agent_next_run,
        next_at = CASE WHEN s.agent_next_run IS DISTINCT FROM excluded.agent_next_run
            THEN coalesce(excluded.next_at, s.next_at) ELSE s.next_at END;
    PERFORM set_config('agent_worker.ticking', 'on', true);
    WITH shown AS (
        UPDATE agents a SET next_run = s.next_at
        FROM schedules s
        WHERE s.follows_agent AND s.agent_id = a.id AND a.next_run IS DISTINCT FROM s.next_at
            AND a.id = ANY (ARRAY(
                SELECT held.id FROM agents held WHERE held.id = ANY (changed)
                FOR NO KEY UPDATE SKIP LOCKED))
        RETURNING a.id, a.next_run
    )
    UPDATE schedules s SET agent_next_run = shown.next_run
    FROM shown WHERE s.follows_agent AND s.agent_id = shown.id;
    PERFORM set_config('agent_worker.ticking', 'off', true);
    RETURN (SELECT count(*) FROM (SELECT FROM agent_schedule_changes LIMIT max_changes) AS unread);
END $$;
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
CREATE FUNCTION public.time_uuid() RETURNS uuid
    LANGUAGE sql PARALLEL SAFE
    AS $$
    SELECT encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid()) PLACING substr(
                int8send((date_part('epoch', clock_timestamp()) * 1000)::bigint), 3) FROM 1),
            52, 1), 53, 1), 'hex')::uuid
$$;
CREATE FUNCTION public.unpriced_calls(since timestamp with time zone) RETURNS TABLE(provider text, model text, service_tier text, calls bigint, tokens bigint, first_call timestamp with time zone, last_call timestamp with time zone)
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT u.provider, u.model_name, price_tier(u.service_tier), count(*), sum(u.total_tokens)::bigint,
        min(u.created_at), max(u.created_at)
    FROM token_usage u
    WHERE u.created_at >= since AND u.status IN ('settled', 'failed') AND u.cost_usd IS NULL
        AND u.total_tokens > 0
    GROUP BY 1, 2, 3
$$;
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
CREATE FUNCTION public.usage_count(raw_usage jsonb, VARIADIC path text[]) RETURNS numeric
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT CASE WHEN jsonb_typeof(raw_usage #> path) = 'number'
        THEN greatest((raw_usage #>> path)::numeric, 0) ELSE 0 END
$$;
CREATE FUNCTION public.user_spellings(user_id text) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    AS $_$
    SELECT CASE
        WHEN user_id ~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'
            THEN ARRAY[lower(user_id), upper(user_id), user_id]
        ELSE ARRAY[user_id]
    END
$_$;
CREATE FUNCTION public.wake_freed_jobs(freed bigint[]) RETURNS bigint
    LANGUAGE sql
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT coalesce(sum(wake_in_turn(
        limit_hold_key(k.limit_id, k.value),
        least(100, k.max_running - running_under(k.limit_id, k.value)), k.user_key)), 0)::bigint
    FROM (
        SELECT DISTINCT ON (l.limit_id, l.value)
            l.limit_id, l.value, l.max_running, coalesce(j.user_id, '') AS user_key
        FROM jobs j CROSS JOIN LATERAL
            limits_of(j.queue, j.kind, j.user_id, j.agent_id, j.payload) AS l
        WHERE j.id = ANY (freed) AND l.scope NOT IN ('queue', 'user')
        ORDER BY l.limit_id, l.value, j.claimed_at DESC) AS k
$$;
CREATE FUNCTION public.wake_held_jobs(max_jobs integer DEFAULT 100) RETURNS bigint
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    SET enable_seqscan TO 'off'
    AS $$
#variable_conflict use_column
DECLARE
    release hold_releases;
    woken bigint;
    batch bigint;
BEGIN
    WITH due AS MATERIALIZED (
        SELECT j.id FROM jobs j
        WHERE j.state = 'held' AND j.hold_until <= clock_timestamp()
        ORDER BY j.hold_until LIMIT max_jobs
        FOR UPDATE SKIP LOCKED
    )
    UPDATE jobs j SET state = 'available', hold_key = NULL, hold_reason = NULL, hold_until = NULL
    WHERE j.id = ANY (ARRAY(SELECT due.id FROM due));
    GET DIAGNOSTICS woken = ROW_COUNT;
    WHILE woken < max_jobs LOOP
        SELECT r.* INTO release FROM hold_releases r
        ORDER BY r.released_at LIMIT 1 FOR UPDATE SKIP LOCKED;
        EXIT WHEN NOT FOUND;
        batch := wake_under(release.hold_key, max_jobs - woken);
        woken := woken + batch;
        IF woken < max_jobs THEN
            DELETE FROM hold_releases r WHERE r.hold_key = release.hold_key;
        END IF;
    END LOOP;
    IF woken > 0 THEN
        PERFORM pg_notify('agent_worker_jobs', 'woken');
    END IF;
    RETURN woken;
END $$;
CREATE FUNCTION public.wake_in_turn(key text, max_jobs bigint, after_user text DEFAULT ''::text) RETURNS bigint
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    woken bigint := 0;
    level smallint;
    chosen record;
BEGIN
    WHILE woken < max_jobs LOOP
        SELECT j.priority INTO level FROM jobs j
        WHERE j.state = 'held' AND j.hold_key COLLATE "C" = key ORDER BY j.priority LIMIT 1;
        EXIT WHEN NOT FOUND;
        SELECT j.id, coalesce(j.user_id, '') AS user_key INTO chosen FROM jobs j
        WHERE j.state = 'held' AND j.hold_key COLLATE "C" = key AND j.priority = level
            AND coalesce(j.user_id, '') > after_user
        ORDER BY coalesce(j.user_id, ''), j.run_at, j.id LIMIT 1
        FOR UPDATE SKIP LOCKED;
        IF NOT FOUND THEN
            SELECT j.id, coalesce(j.user_id, '') AS user_key INTO chosen FROM jobs j
            WHERE j.state = 'held' AND j.hold_key COLLATE "C" = key AND j.priority = level
            ORDER BY coalesce(j.user_id, ''), j.run_at, j.id LIMIT 1
            FOR UPDATE SKIP LOCKED;
            EXIT WHEN NOT FOUND;
        END IF;
        UPDATE jobs j SET state = 'available', hold_key = NULL, hold_reason = NULL, hold_until = NULL
        WHERE j.id = chosen.id;
        after_user := chosen.user_key;
        woken := woken + 1;
    END LOOP;
    RETURN woken;
END $$;
CREATE FUNCTION public.wake_parked_workers() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (
            SELECT FROM workers w
            WHERE w.parked AND w.heartbeat_at + make_interval(secs => w.lease_s) > clock_timestamp())
        AND EXISTS (
            SELECT FROM (
                SELECT DISTINCT e.queue, e.kind FROM enqueued e
                WHERE e.state = 'available' AND e.run_at <= clock_timestamp()) AS due
            JOIN workers w ON w.parked AND due.queue = ANY (w.queues) AND due.kind = ANY (w.kinds)
            WHERE w.heartbeat_at + make_interval(secs => w.lease_s) > clock_timestamp())
    THEN
        PERFORM pg_notify('agent_worker_jobs', '');
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION public.wake_tickers() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('agent_worker_schedules', '');
    RETURN NULL;
END $$;
CREATE FUNCTION public.wake_under(key text, max_jobs bigint) RETURNS bigint
    LANGUAGE plpgsql
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $_$
#variable_conflict use_column
DECLARE
    woken bigint;
BEGIN
    WITH due AS MATERIALIZED (
        SELECT j.id FROM jobs j
        WHERE j.state = 'held' AND j.hold_key COLLATE "C" >= key
            AND j.hold_key COLLATE "C" <= CASE WHEN key ~ '[:/]$' THEN key || chr(1114111) ELSE key END
        ORDER BY j.hold_key COLLATE "C", j.priority, coalesce(j.user_id, ''), j.run_at, j.id
        LIMIT max_jobs
        FOR UPDATE SKIP LOCKED
    )
    UPDATE jobs j SET state = 'available', hold_key = NULL, hold_reason = NULL, hold_until = NULL
    WHERE j.id = ANY (ARRAY(SELECT due.id FROM due));
    GET DIAGNOSTICS woken = ROW_COUNT;
    RETURN woken;
END $_$;
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
CREATE TABLE public.jobs (
    id bigint NOT NULL,
    queue text DEFAULT 'default'::text NOT NULL,
    kind text NOT NULL,
    priority smallint DEFAULT 0 NOT NULL,
    payload jsonb DEFAULT '{}'::jsonb NOT NULL,
    user_id text,
    agent_id uuid,
    execution_id uuid DEFAULT public.time_uuid() NOT NULL,
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
    pruned_at timestamp with time zone,
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
CREATE FUNCTION public.why_available(job public.jobs, locker xid) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
#variable_conflict use_column
DECLARE
    line text;
    queue_served boolean;
    served boolean;
    slots bigint;
    busy bigint;
    ahead bigint;
BEGIN
    IF job.run_at > clock_timestamp() THEN
        RETURN format('not due until %s%s', job.run_at,
            CASE WHEN job.last_error IS NOT NULL
                THEN format(' (attempt %s of %s ended with: %s)', job.attempt, job.max_attempts,
                    job.last_error) END);
    END IF;
    SELECT format('%s %s is paused since %s%s', p.scope, quote_ident(p.key), p.paused_at,
        ': ' || p.reason) INTO line
    FROM job_pauses p
    WHERE (p.scope, p.key) IN (('queue', job.queue), ('kind', job.kind), ('user', job.user_id),
        ('agent', job.agent_id::text))
    ORDER BY p.paused_at LIMIT 1;
    IF line IS NOT NULL THEN
        RETURN line;
    END IF;
    SELECT coalesce(bool_or(job.queue = ANY (w.queues)), false),
        coalesce(bool_or(job.queue = ANY (w.queues) AND job.kind = ANY (w.kinds)), false),
        sum(w.concurrency) FILTER (WHERE job.queue = ANY (w.queues) AND job.kind = ANY (w.kinds)),
        sum(running.jobs) FILTER (WHERE job.queue = ANY (w.queues) AND job.kind = ANY (w.kinds))
    INTO queue_served, served, slots, busy
    FROM workers w
    CROSS JOIN LATERAL (
        SELECT count(*) AS jobs FROM jobs j
        WHERE j.state = 'running' AND j.worker_id = w.id) AS running
    WHERE w.heartbeat_at + make_interval(secs => w.lease_s) >= clock_timestamp();
    IF NOT served THEN
        RETURN format('nobody handles it: no live worker serves queue "%s"%s', job.queue,
            CASE WHEN queue_served THEN format(' and kind "%s"', job.kind)
                ELSE format(' and kind "%s" (none serves the queue at all)', job.kind) END);
    END IF;
    SELECT format('limit of %s: %s of %s running', l.label, running.jobs, l.max_running) INTO line
    FROM limits_of(job.queue, job.kind, job.user_id, job.agent_id, job.payload) AS l
    CROSS JOIN LATERAL (SELECT running_under(l.limit_id, l.value) AS jobs) AS running
    WHERE running.jobs >= l.max_running LIMIT 1;
    IF line IS NOT NULL THEN
        RETURN line;
    END IF;
    SELECT format('%s until %s (%s): the next claim holds it', c.hold_reason,
        coalesce(c.hold_until::text, 'released'), c.hold_key) INTO line
    FROM job_cooldown(job.kind, job.payload, job.agent_id) AS c LIMIT 1;
    IF line IS NOT NULL THEN
        RETURN line;
    END IF;
    SELECT format('locked since %s by a transaction of backend %s (%s, %s): claims pass it over',
        a.xact_start, a.pid, coalesce(nullif(a.application_name, ''), 'no name'),
        coalesce(a.state, 'state unknown')) INTO line
    FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'transactionid' AND l.transactionid = locker AND l.granted
        AND l.pid <> pg_backend_pid();
    IF line IS NOT NULL THEN
        RETURN line;
    END IF;
    SELECT count(*) INTO ahead FROM (
        SELECT FROM jobs j
        WHERE j.state = 'available' AND j.queue = job.queue AND j.priority = job.priority
            AND coalesce(j.user_id, '') = coalesce(job.user_id, '')
            AND j.run_at <= clock_timestamp() AND (j.run_at, j.id) < (job.run_at, job.id)
        LIMIT 1000) AS first;
    RETURN format('due since %s, %s%s jobs are before it in its lane (queue "%s", priority %s, user %s); %s',
        job.run_at, ahead, CASE WHEN ahead = 1000 THEN ' or more' ELSE '' END, job.queue,
        job.priority, coalesce(quote_ident(job.user_id), 'none'),
        CASE WHEN busy >= slots THEN format('all %s slots are taken, users take turns', slots)
            WHEN ahead = 0 THEN format('claimed soon: %s of %s slots are free', slots - busy, slots)
            ELSE format('%s of %s slots are free', slots - busy, slots) END);
END $$;
CREATE FUNCTION public.why_held(job public.jobs) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE
        WHEN job.hold_key LIKE 'pause:%' THEN format('held until it is resumed: %s', job.hold_reason)
        WHEN job.hold_key LIKE 'limit:%' THEN format('held until a slot is free: limit of %s',
            coalesce((
                SELECT format('%s: %s of %s running', l.label,
                    running_under(l.limit_id, l.value), l.max_running)
                FROM limits_of(job.queue, job.kind, job.user_id, job.agent_id, job.payload) AS l
                WHERE limit_hold_key(l.limit_id, l.value) = job.hold_key),
                job.hold_reason || '; it was changed, the next maintenance wakes the job'))
        ELSE format('held until %s: %s', coalesce(job.hold_until::text, 'released'),
            job.hold_reason || coalesce(' (' || job.hold_key || ')', ''))
    END
$$;
CREATE FUNCTION public.why_job(id bigint) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    job jobs;
    locker xid;
BEGIN
    SELECT j.* INTO job FROM jobs j WHERE j.id = why_job.id;
    RETURN CASE job.state
        WHEN 'completed' THEN format('completed at %s', job.finished_at)
        WHEN 'failed' THEN format('failed at %s after %s attempts: %s', job.finished_at,
            job.attempt, coalesce(job.last_error, 'no error was recorded'))
        WHEN 'cancelled' THEN format('cancelled at %s', job.finished_at)
        WHEN 'held' THEN why_held(job)
        WHEN 'waiting' THEN why_waiting(job)
        WHEN 'running' THEN why_running(job)
        WHEN 'available' THEN why_available(job, (SELECT j.xmax FROM jobs j WHERE j.id = job.id))
        ELSE 'there is no such job'
    END;
END $$;
CREATE FUNCTION public.why_running(job public.jobs) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
#variable_conflict use_column
DECLARE
    holder workers;
BEGIN
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
END $$;
CREATE FUNCTION public.why_waiting(job public.jobs) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT format('waiting for %s until %s', coalesce(string_agg(
            concat_ws(' ', r.request ->> 'kind', quote_literal(r.step_key),
                '(' || nullif(r.request ->> 'title', '') || ')',
                'of ' || nullif((
                    SELECT string_agg(name, ', ') FROM jsonb_array_elements_text(
                        CASE jsonb_typeof(r.request -> 'approvers')
                            WHEN 'array' THEN r.request -> 'approvers' ELSE '[]' END) AS name), ''),
                CASE WHEN json_array_length(r.output -> 'responses') > 0
                    THEN format('(%s answered: %s)', json_array_length(r.output -> 'responses'), (
                        SELECT string_agg(response ->> 'approver', ', ')
                        FROM json_array_elements(r.output -> 'responses') AS response)) END),
            ', ' ORDER BY r.started_at, r.step_key), 'an external event'),
        coalesce(job.wait_until::text, 'it comes'))
    FROM run_steps r
    WHERE r.execution_id = job.execution_id AND r.kind = 'event' AND r.status = 'waiting'
$$;
CREATE FUNCTION public.withdraw_probe(provider_input text, model_input text, probe uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE provider_cooldowns c SET probe_by = NULL, probe_until = NULL
    WHERE c.provider = provider_input AND c.model = model_input AND c.probe_by = probe;
    IF FOUND THEN
        PERFORM pg_notify('agent_worker_providers', provider_input);
    END IF;
END $$;
CREATE FUNCTION public.write_runs(runs public.run_record[]) RETURNS void
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    new_runs intensity_run[];
    completions timestamptz[];
BEGIN
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
    run AS MATERIALIZED (
        SELECT DISTINCT ON (r.id) r.*,
               report_count(r.report -> 'iterations', 1) AS iterations,
               calls.made AS tool_calls, jsonb_array_length(calls.made) AS calls_length,
               to_json(coalesce(r.model #>> '{}', 'gpt-4o')) AS model_name,
               to_json(coalesce(r.provider #>> '{}', 'openai')) AS provider_name,
               report_count(r.report -> 'tool_calls_count', jsonb_array_length(calls.made))
                   AS calls_count,
               report_count(r.report -> 'steps' -> 'completed') AS completed,
               report_count(r.report -> 'steps' -> 'failed') AS failed,
               report_count(r.report -> 'steps' -> 'skipped') AS skipped,
               report_count(r.report -> 'memory' -> 'tokens') AS memory_tokens,
               report_count(r.report -> 'memory' -> 'entries') AS memory_entries,
               report_array(r.report -> 'memory' -> 'types') AS memory_types
        FROM unnest(runs) WITH ORDINALITY AS r (
            id, agent_id, user_id, agentkit, success, error, execution_type, scheduled_at,
            started_at, completed_at, duration, retries, inputs, prompt, completion, cached, total,
            cost, models, model, provider, definition, declared, report, nth)
        CROSS JOIN LATERAL (
            SELECT log_tool_calls(r.report -> 'tool_calls') AS made OFFSET 0) AS calls
        ORDER BY r.id, r.nth
    ),
    shaped AS MATERIALIZED (
        SELECT r.*,
               CASE WHEN agentkit THEN format(
                   '"iterations":%s,"toolCalls":%s,"tokensUsed":{"prompt":%s,"completion":%s,'
                   '"total":%s},"model":%s,"provider":%s',
                   iterations, tool_calls, prompt, completion, total, model_name, provider_name)
               ELSE format(
                   '"executionId":"%s","stepsCompleted":%s,"stepsFailed":%s,"stepsSkipped":%s,'
                   '"totalSteps":%s,"tokensUsed":%s',
                   id, completed, failed, skipped, completed + failed + skipped, total)
               END AS metadata,
               format(
                   '"tokens":{"prompt":%s,"completion":%s,"cached":%s,"total":%s},'
                   '"memory":{"tokens":%s,"entries":%s,"types":%s},"retryCount":%s,"costUsd":%s,'
                   '"models":%s,"counts":{"iterations":%s,"toolCalls":%s,"toolTimeMs":%s,'
                   '"stepRetries":%s,"branches":%s,"loopIterations":%s,"parallelExecutions":%s},'
                   '"pluginsUsed":%s',
                   prompt, completion, cached, total, memory_tokens, memory_entries, memory_types,
                   retries, coalesce(cost::text, 'null'), models, iterations, calls_count,
                   report_count(report -> 'tool_orchestration_time_ms'),
                   report_count(report -> 'step_retries'),
                   report_count(report -> 'workflow' -> 'branches'),
                   report_count(report -> 'workflow' -> 'loops'),
                   report_count(report -> 'workflow' -> 'parallel'),
                   report_array(report -> 'plugins_used')) AS more
        FROM run r
    ),
    execution AS (
        INSERT INTO agent_executions (
            id, agent_id, user_id, execution_type, status, scheduled_at, started_at, completed_at,
            execution_duration_ms, error_message, progress, retry_count, logs)
        SELECT id, agent_id, user_id,
               CASE WHEN execution_type = 'scheduled' THEN 'scheduled' ELSE 'manual' END,
               CASE WHEN success THEN 'completed' ELSE 'failed' END,
               coalesce(scheduled_at, completed_at),
               coalesce(started_at, completed_at - clamp_integer(duration) * interval '1 millisecond'),
               completed_at, clamp_integer(duration), error, 100, clamp_integer(retries),
               (CASE WHEN agentkit
                   THEN format('{"agentkit":true,"inputValuesUsed":%s,%s,%s}', inputs, metadata, more)
                   ELSE format(
                       '{"orchestrator":true,"inputValuesUsed":%s,"iterations":%s,"toolCalls":%s,'
                       '"model":%s,"provider":%s,%s,%s}',
                       inputs, iterations, tool_calls, coalesce(model, 'null'),
                       coalesce(provider, 'null'), metadata, more) END)::jsonb
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
                        success::text, iterations, calls_count, total, duration, model_name,
                        provider_name)
                    ELSE format(
                        '{"success":%s,"orchestrator":true,"stepsCompleted":%s,"stepsFailed":%s,'
                        '"stepsSkipped":%s,"totalSteps":%s,"tokensUsed":%s,"executionTimeMs":%s,'
                        '"executionId":"%s"}',
                        success::text, completed, failed, skipped, completed + failed + skipped,
                        total, duration, id)
               END,
               format(
                   '{"%s":{%s},%s}',
                   CASE WHEN agentkit THEN 'agentkit_metadata' ELSE 'orchestrator_metadata' END,
                   metadata, more)::jsonb,
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
                       WHEN true_counts THEN coalesce(report -> 'plugins_used', declared)
                       ELSE coalesce(declared, report -> 'plugins_used') END)),
                   report_count(report -> 'tool_calls_count', CASE
                       WHEN agentkit OR report ? 'tool_calls' THEN calls_length
                       ELSE completed END),
                   report_count(
                       report -> 'tool_orchestration_time_ms',
                       CASE WHEN agentkit THEN 0 ELSE duration END),
                   report_count(chosen -> 'steps'), report_count(chosen -> 'branches'),
                   report_count(chosen -> 'loops'), report_count(chosen -> 'parallel'),
                   memory_tokens, memory_entries, jsonb_array_length(memory_types)
               )::intensity_run ORDER BY completed_at, nth),
           array_agg(completed_at ORDER BY completed_at, nth)
    INTO new_runs, completions
    FROM execution JOIN shaped USING (id) CROSS JOIN config
    CROSS JOIN LATERAL (
        SELECT CASE WHEN true_counts THEN coalesce(report -> 'workflow', definition)
                    ELSE coalesce(definition, report -> 'workflow') END AS chosen
        OFFSET 0
    ) AS choice;
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
END $$;
CREATE FUNCTION public.xmin_horizon() RETURNS TABLE(kind text, holder text, age_xids bigint, held_s double precision, remedy text)
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
    WITH sessions AS MATERIALIZED (
        SELECT a.* FROM pg_stat_activity a
        WHERE a.pid <> pg_backend_pid()
            AND (a.datname = current_database() OR a.backend_type = 'walsender')
    ), held AS (
        SELECT 'backend' AS kind,
            format('backend %s (%s, %s, %s)', s.pid, coalesce(nullif(s.application_name, ''), '?'),
                coalesce(s.usename, '?'), coalesce(s.state, '?')) AS holder,
            greatest(age(s.backend_xmin), age(s.backend_xid))::bigint AS age_xids,
            extract(epoch FROM clock_timestamp() - s.xact_start)::double precision AS held_s,
            format('SELECT pg_terminate_backend(%s)', s.pid) AS remedy
        FROM sessions s
        WHERE s.backend_type <> 'walsender'
            AND (s.backend_xmin IS NOT NULL OR s.backend_xid IS NOT NULL)
        UNION ALL
        SELECT 'standby', format('standby %s (%s)', s.application_name, s.client_addr),
            age(s.backend_xmin)::bigint, NULL,
            'end the long query on the standby, or set hot_standby_feedback off there'
        FROM sessions s WHERE s.backend_type = 'walsender' AND s.backend_xmin IS NOT NULL
        UNION ALL
        SELECT 'slot', format('replication slot %s (%s)', r.slot_name,
                CASE WHEN r.active THEN 'active' ELSE 'nobody reads it' END),
            greatest(age(r.xmin), age(r.catalog_xmin))::bigint, NULL,
            format('SELECT pg_drop_replication_slot(%L), once nobody needs it', r.slot_name)
        FROM pg_replication_slots r
        WHERE r.xmin IS NOT NULL
            OR (r.catalog_xmin IS NOT NULL AND r.database = current_database())
        UNION ALL
        SELECT 'prepared transaction', format('prepared transaction %s (%s)', p.gid, p.owner),
            age(p.transaction)::bigint,
            extract(epoch FROM clock_timestamp() - p.prepared)::double precision,
            format('ROLLBACK PREPARED %L, or COMMIT PREPARED', p.gid)
        FROM pg_prepared_xacts p WHERE p.database = current_database()
    )
    SELECT h.kind, h.holder, h.age_xids, h.held_s, h.remedy FROM held h
    ORDER BY h.age_xids DESC, h.held_s DESC NULLS LAST
$$;
CREATE FUNCTION public.zone_offset(zone text, at timestamp with time zone) RETURNS interval
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT (at AT TIME ZONE zone) - (at AT TIME ZONE 'UTC')
$$;
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
CREATE TABLE public.agent_schedule_changes (
    id bigint NOT NULL,
    agent_id uuid NOT NULL
);
ALTER TABLE public.agent_schedule_changes ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.agent_schedule_changes_id_seq
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
CREATE TABLE public.budget_charges (
    usage_id uuid NOT NULL,
    budget_id bigint NOT NULL,
    subject text NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    state text DEFAULT 'reserved'::text NOT NULL,
    tokens bigint NOT NULL,
    usd numeric NOT NULL,
    is_priced boolean NOT NULL,
    CONSTRAINT budget_charges_state_check CHECK ((state = ANY (ARRAY['reserved'::text, 'spent'::text])))
);
CREATE TABLE public.budget_windows (
    budget_id bigint NOT NULL,
    subject text NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    reserved_tokens bigint DEFAULT 0 NOT NULL,
    reserved_usd numeric DEFAULT 0 NOT NULL,
    spent_tokens bigint DEFAULT 0 NOT NULL,
    spent_usd numeric DEFAULT 0 NOT NULL,
    unpriced_calls bigint DEFAULT 0 NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_cost_delay='0');
CREATE TABLE public.budgets (
    id bigint NOT NULL,
    scope text NOT NULL,
    subject text DEFAULT '*'::text NOT NULL,
    period text NOT NULL,
    time_zone text DEFAULT 'UTC'::text NOT NULL,
    token_limit bigint,
    usd_limit numeric,
    unpriced text DEFAULT 'refuse'::text NOT NULL,
    assumed_input_price numeric,
    assumed_output_price numeric,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    removed_at timestamp with time zone,
    CONSTRAINT "a budget limits tokens or money" CHECK (((token_limit IS NOT NULL) OR (usd_limit IS NOT NULL))),
    CONSTRAINT "assumed prices are stated" CHECK (((unpriced <> 'assume'::text) OR ((assumed_input_price IS NOT NULL) AND (assumed_output_price IS NOT NULL)))),
    CONSTRAINT budgets_assumed_input_price_check CHECK ((assumed_input_price >= (0)::numeric)),
    CONSTRAINT budgets_assumed_output_price_check CHECK ((assumed_output_price >= (0)::numeric)),
    CONSTRAINT budgets_period_check CHECK ((period = ANY (ARRAY['day'::text, 'month'::text]))),
    CONSTRAINT budgets_scope_check CHECK ((scope = ANY (ARRAY['global'::text, 'user'::text, 'agent'::text]))),
    CONSTRAINT budgets_token_limit_check CHECK ((token_limit >= 0)),
    CONSTRAINT budgets_unpriced_check CHECK ((unpriced = ANY (ARRAY['refuse'::text, 'zero'::text, 'assume'::text]))),
    CONSTRAINT budgets_usd_limit_check CHECK ((usd_limit >= (0)::numeric)),
    CONSTRAINT "the global budget has no subject" CHECK (((scope <> 'global'::text) OR (subject = '*'::text)))
);
CREATE VIEW public.budget_status AS
 SELECT b.id,
    b.scope,
    COALESCE(w.subject, b.subject) AS subject,
    b.period,
    b.time_zone,
    span.starts_at,
    span.ends_at,
    b.token_limit,
    COALESCE(w.spent_tokens, (0)::bigint) AS spent_tokens,
    COALESCE(w.reserved_tokens, (0)::bigint) AS reserved_tokens,
    (b.token_limit - COALESCE((w.spent_tokens + w.reserved_tokens), (0)::bigint)) AS left_tokens,
    trim_scale(b.usd_limit) AS usd_limit,
    trim_scale(COALESCE(w.spent_usd, (0)::numeric)) AS spent_usd,
    trim_scale(COALESCE(w.reserved_usd, (0)::numeric)) AS reserved_usd,
    trim_scale((b.usd_limit - COALESCE((w.spent_usd + w.reserved_usd), (0)::numeric))) AS left_usd,
    COALESCE(w.unpriced_calls, (0)::bigint) AS unpriced_calls,
    b.unpriced,
    b.assumed_input_price,
    b.assumed_output_price
   FROM ((public.budgets b
     CROSS JOIN LATERAL public.budget_period(b.period, b.time_zone, clock_timestamp()) span(starts_at, ends_at))
     LEFT JOIN public.budget_windows w ON (((w.budget_id = b.id) AND (w.starts_at = span.starts_at))))
  WHERE (b.removed_at IS NULL);
ALTER TABLE public.budgets ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.budgets_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.concurrency_keys (
    limit_id bigint NOT NULL,
    value text NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_threshold='50', autovacuum_vacuum_scale_factor='0.1');
CREATE TABLE public.concurrency_limits (
    id bigint NOT NULL,
    scope text NOT NULL,
    key text DEFAULT '*'::text NOT NULL,
    payload_path text[],
    max_running integer NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT "a limit is per queue, kind, user, agent or payload" CHECK ((scope = ANY (ARRAY['queue'::text, 'kind'::text, 'user'::text, 'agent'::text, 'payload'::text]))),
    CONSTRAINT "a limit needs a key of 1 to 500 characters" CHECK (((length(key) >= 1) AND (length(key) <= 500))),
    CONSTRAINT "a limit per payload, and only that, needs a payload_path" CHECK (((scope = 'payload'::text) = COALESCE((cardinality(payload_path) > 0), false))),
    CONSTRAINT "max_running must be 1 to 1000000; pause what must not run" CHECK (((max_running >= 1) AND (max_running <= 1000000)))
);
ALTER TABLE public.concurrency_limits ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.concurrency_limits_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.concurrency_slots (
    limit_id bigint NOT NULL,
    value text NOT NULL,
    attempt_id uuid NOT NULL,
    job_id bigint NOT NULL
)
WITH (autovacuum_vacuum_threshold='500', autovacuum_vacuum_scale_factor='0.1');
CREATE TABLE public.model_prices (
    model text NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    tier text DEFAULT 'standard'::text NOT NULL,
    above_tokens bigint DEFAULT 0 NOT NULL,
    input_price numeric,
    cached_input_price numeric,
    cache_write_price numeric,
    cache_write_1h_price numeric,
    output_price numeric,
    reasoning_price numeric,
    audio_input_price numeric,
    audio_output_price numeric,
    provider text,
    mode text,
    max_output_tokens bigint,
    source text DEFAULT 'imported'::text NOT NULL,
    raw jsonb,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT model_prices_audio_input_price_check CHECK ((audio_input_price >= (0)::numeric)),
    CONSTRAINT model_prices_audio_output_price_check CHECK ((audio_output_price >= (0)::numeric)),
    CONSTRAINT model_prices_cache_write_1h_price_check CHECK ((cache_write_1h_price >= (0)::numeric)),
    CONSTRAINT model_prices_cache_write_price_check CHECK ((cache_write_price >= (0)::numeric)),
    CONSTRAINT model_prices_cached_input_price_check CHECK ((cached_input_price >= (0)::numeric)),
    CONSTRAINT model_prices_input_price_check CHECK ((input_price >= (0)::numeric)),
    CONSTRAINT model_prices_output_price_check CHECK ((output_price >= (0)::numeric)),
    CONSTRAINT model_prices_reasoning_price_check CHECK ((reasoning_price >= (0)::numeric)),
    CONSTRAINT model_prices_source_check CHECK ((source = ANY (ARRAY['shipped'::text, 'imported'::text])))
);
CREATE VIEW public.current_model_prices AS
 SELECT p.model,
    p.provider,
    trim_scale((p.input_price * (1000000)::numeric)) AS input,
    trim_scale((p.cached_input_price * (1000000)::numeric)) AS cached_input,
    trim_scale((p.cache_write_price * (1000000)::numeric)) AS cache_write,
    trim_scale((p.output_price * (1000000)::numeric)) AS output,
    p.max_output_tokens,
    p.source,
    p.valid_from,
    ( SELECT (count(*) - 1)
           FROM public.model_prices other
          WHERE ((other.model = p.model) AND (other.valid_from = p.valid_from))) AS other_rows
   FROM public.model_prices p
  WHERE ((p.tier = 'standard'::text) AND (p.above_tokens = 0) AND (p.valid_from = ( SELECT max(newest.valid_from) AS max
           FROM public.model_prices newest
          WHERE ((newest.model = p.model) AND (newest.valid_from <= clock_timestamp())))));
CREATE TABLE public.default_models (
    kind text NOT NULL,
    provider text NOT NULL,
    model text NOT NULL
);
CREATE TABLE public.hold_releases (
    hold_key text NOT NULL,
    released_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
CREATE TABLE public.pruned_usage (
    day date NOT NULL,
    user_id text,
    agent_id uuid,
    provider text,
    model_name text,
    activity_type text,
    calls bigint NOT NULL,
    failed_calls bigint NOT NULL,
    priced_calls bigint NOT NULL,
    counted_calls bigint NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cached_tokens bigint NOT NULL,
    cache_write_tokens bigint NOT NULL,
    reasoning_tokens bigint NOT NULL,
    cost_usd numeric
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
CREATE TABLE public.schedules (
    id bigint NOT NULL,
    name text NOT NULL,
    cron text NOT NULL,
    time_zone text DEFAULT 'UTC'::text NOT NULL,
    kind text NOT NULL,
    queue text DEFAULT 'default'::text NOT NULL,
    payload jsonb DEFAULT '{}'::jsonb NOT NULL,
    user_id text,
    agent_id uuid,
    priority smallint DEFAULT 0 NOT NULL,
    max_attempts integer DEFAULT 3 NOT NULL,
    timeout_s integer,
    catch_up text DEFAULT 'one'::text NOT NULL,
    catch_up_limit integer DEFAULT 100 NOT NULL,
    grace_s integer DEFAULT 300 NOT NULL,
    paused boolean DEFAULT false NOT NULL,
    follows_agent boolean DEFAULT false NOT NULL,
    agent_next_run timestamp with time zone,
    next_at timestamp with time zone,
    last_tick timestamp with time zone,
    last_job_id bigint,
    last_error text,
    fault text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT "a schedule at fault has no next tick" CHECK (((fault IS NULL) OR (next_at IS NULL))),
    CONSTRAINT "agent schedules need a UUID schedules.user_id" CHECK (((kind <> ALL (ARRAY['agentkit'::text, 'orchestrator'::text])) OR follows_agent OR COALESCE((user_id ~ '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$'::text), false))),
    CONSTRAINT "agent schedules need schedules.agent_id" CHECK (((kind <> ALL (ARRAY['agentkit'::text, 'orchestrator'::text])) OR (agent_id IS NOT NULL))),
    CONSTRAINT "generation schedules need a text in payload.prompt" CHECK (((kind <> 'generation'::text) OR COALESCE((jsonb_typeof((payload -> 'prompt'::text)) = 'string'::text), false))),
    CONSTRAINT "schedules.catch_up must be skip, one or all" CHECK ((catch_up = ANY (ARRAY['skip'::text, 'one'::text, 'all'::text]))),
    CONSTRAINT "schedules.catch_up_limit must be 1 to 1000" CHECK (((catch_up_limit >= 1) AND (catch_up_limit <= 1000))),
    CONSTRAINT "schedules.cron must be at most 1000 characters" CHECK ((length(cron) <= 1000)),
    CONSTRAINT "schedules.grace_s must be 0 to 86400" CHECK (((grace_s >= 0) AND (grace_s <= 86400))),
    CONSTRAINT "schedules.kind and schedules.queue must be 1 to 100 characters" CHECK ((((length(kind) >= 1) AND (length(kind) <= 100)) AND ((length(queue) >= 1) AND (length(queue) <= 100)))),
    CONSTRAINT "schedules.max_attempts must be 1 to 100" CHECK (((max_attempts >= 1) AND (max_attempts <= 100))),
    CONSTRAINT "schedules.name must be 1 to 200 characters" CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT "schedules.payload must be a JSON object" CHECK ((jsonb_typeof(payload) = 'object'::text)),
    CONSTRAINT "schedules.priority must be 0 (first) to 9" CHECK (((priority >= 0) AND (priority <= 9))),
    CONSTRAINT "schedules.timeout_s must be 1 to 86400" CHECK (((timeout_s >= 1) AND (timeout_s <= 86400)))
)
WITH (fillfactor='70');
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
    requested_model text,
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
  WHERE ((j.attempt <> (ended.counted +
        CASE
            WHEN (j.state = 'running'::text) THEN 1
            ELSE 0
        END)) AND (j.pruned_at IS NULL))
UNION ALL
 SELECT 'I4'::text AS invariant,
    ('job '::text || j.id) AS subject,
    format('%s without a ledger row'::text, j.state) AS detail
   FROM public.jobs j
  WHERE ((j.state = ANY (ARRAY['completed'::text, 'failed'::text])) AND (j.pruned_at IS NULL) AND (NOT (EXISTS ( SELECT
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
  WHERE ((j.kind = ANY (ARRAY['agentkit'::text, 'orchestrator'::text])) AND (j.pruned_at IS NULL) AND (ROW(executions.n, logs.n) IS DISTINCT FROM
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
  WHERE ((j.kind = 'generation'::text) AND (j.finished_at IS NOT NULL) AND (j.pruned_at IS NULL) AND (EXISTS ( SELECT
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
    format('agent_stats says %s runs, %s successes; agent_executions and pruned_runs %s, %s'::text, COALESCE(s.run_count, 0), COALESCE(s.success_count, 0), counted.runs, counted.successes) AS detail
   FROM (( SELECT ran.agent_id,
            ran.user_id,
            sum(ran.runs) AS runs,
            sum(ran.successes) AS successes
           FROM ( SELECT e.agent_id,
                    e.user_id,
                    1 AS runs,
                        CASE
                            WHEN (e.status = 'completed'::text) THEN 1
                            ELSE 0
                        END AS successes
                   FROM public.agent_executions e
                  WHERE (e.status = ANY (ARRAY['completed'::text, 'failed'::text]))
                UNION ALL
                 SELECT p.agent_id,
                    p.user_id,
                    p.runs,
                    p.successes
                   FROM public.pruned_runs p) ran
          GROUP BY ran.agent_id, ran.user_id) counted
     LEFT JOIN public.agent_stats s ON (((s.agent_id = counted.agent_id) AND (s.user_id = counted.user_id))))
  WHERE (((COALESCE(s.run_count, 0))::numeric <> counted.runs) OR ((COALESCE(s.success_count, 0))::numeric <> counted.successes))
UNION ALL
 SELECT 'I5'::text AS invariant,
    ('agent '::text || counted.agent_id) AS subject,
    format('agent_intensity_metrics counts %s executions, agent_executions and pruned_runs %s'::text, COALESCE(m.total_executions, (0)::bigint), counted.runs) AS detail
   FROM (( SELECT ran.agent_id,
            sum(ran.runs) AS runs
           FROM ( SELECT e.agent_id,
                    1 AS runs
                   FROM public.agent_executions e
                  WHERE (e.status = ANY (ARRAY['completed'::text, 'failed'::text]))
                UNION ALL
                 SELECT p.agent_id,
                    p.runs
                   FROM public.pruned_runs p) ran
          GROUP BY ran.agent_id) counted
     LEFT JOIN public.agent_intensity_metrics m ON ((m.agent_id = counted.agent_id)))
  WHERE ((COALESCE(m.total_executions, (0)::bigint))::numeric <> counted.runs)
UNION ALL
 SELECT 'I5'::text AS invariant,
    ('token baseline of agent '::text || counted.agent_id) AS subject,
    format('sums %s over %s calls, token_usage and pruned_usage %s over %s'::text, COALESCE(b.output_sum, (0)::bigint), COALESCE(b.output_rows, (0)::bigint), counted.tokens, counted.calls) AS detail
   FROM (( SELECT spent.agent_id,
            sum(spent.tokens) AS tokens,
            sum(spent.calls) AS calls
           FROM ( SELECT u.agent_id,
                    u.output_tokens AS tokens,
                    1 AS calls
                   FROM public.token_usage u
                  WHERE ((u.activity_type = 'agent_execution'::text) AND (u.output_tokens IS NOT NULL))
                UNION ALL
                 SELECT p.agent_id,
                    p.output_tokens,
                    p.counted_calls
                   FROM public.pruned_usage p
                  WHERE (p.activity_type = 'agent_execution'::text)) spent
          WHERE (spent.agent_id IS NOT NULL)
          GROUP BY spent.agent_id) counted
     LEFT JOIN public.agent_token_baselines b ON ((b.agent_id = counted.agent_id)))
  WHERE (((COALESCE(b.output_sum, (0)::bigint))::numeric <> counted.tokens) OR ((COALESCE(b.output_rows, (0)::bigint))::numeric <> counted.calls))
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
  WHERE ((j.finished_at IS NOT NULL) AND (r.keep_until IS NULL))
UNION ALL
 SELECT 'I4'::text AS invariant,
    ('schedule '::text || s.name) AS subject,
    format('next_at %s, fault %s'::text, s.next_at, s.fault) AS detail
   FROM public.schedules s
  WHERE (((s.next_at IS NOT NULL) AND (s.fault IS NOT NULL)) OR (s.next_at <= s.last_tick))
UNION ALL
 SELECT 'I9'::text AS invariant,
    ('agent '::text || m.agent_id) AS subject,
    format('run number %s given to %s memories'::text, m.run_number, count(*)) AS detail
   FROM public.run_memories m
  WHERE (m.id = m.execution_id)
  GROUP BY m.agent_id, m.run_number
 HAVING (count(*) > 1)
UNION ALL
 SELECT 'I9'::text AS invariant,
    format('budget %s of %s from %s'::text, w.budget_id, w.subject, w.starts_at) AS subject,
    format('reserves %s tokens and %s USD, its charges %s and %s; spent %s and %s, its charges %s and %s'::text, w.reserved_tokens, w.reserved_usd, charged.reserved_tokens, charged.reserved_usd, w.spent_tokens, w.spent_usd, charged.spent_tokens, charged.spent_usd) AS detail
   FROM (public.budget_windows w
     CROSS JOIN LATERAL ( SELECT COALESCE(sum(c.tokens) FILTER (WHERE (c.state = 'reserved'::text)), (0)::numeric) AS reserved_tokens,
            COALESCE(sum(c.usd) FILTER (WHERE (c.state = 'reserved'::text)), (0)::numeric) AS reserved_usd,
            COALESCE(sum(c.tokens) FILTER (WHERE (c.state = 'spent'::text)), (0)::numeric) AS spent_tokens,
            COALESCE(sum(c.usd) FILTER (WHERE (c.state = 'spent'::text)), (0)::numeric) AS spent_usd
           FROM public.budget_charges c
          WHERE ((c.budget_id = w.budget_id) AND (c.subject = w.subject) AND (c.starts_at = w.starts_at))) charged)
  WHERE (((((w.reserved_tokens)::numeric IS DISTINCT FROM charged.reserved_tokens) OR (w.reserved_usd IS DISTINCT FROM charged.reserved_usd)) OR ((w.spent_tokens)::numeric IS DISTINCT FROM charged.spent_tokens)) OR (w.spent_usd IS DISTINCT FROM charged.spent_usd));
CREATE TABLE public.job_pauses (
    scope text NOT NULL,
    key text NOT NULL,
    reason text,
    paused_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT "a pause is of a queue, kind, user or agent" CHECK ((scope = ANY (ARRAY['queue'::text, 'kind'::text, 'user'::text, 'agent'::text]))),
    CONSTRAINT "a pause needs the name of what it is of" CHECK (((length(key) >= 1) AND (length(key) <= 500)))
);
CREATE TABLE public.user_weights (
    user_id text NOT NULL,
    weight double precision NOT NULL,
    CONSTRAINT "user_weights.user_id must be 1 to 500 characters" CHECK (((length(user_id) >= 1) AND (length(user_id) <= 500))),
    CONSTRAINT "user_weights.weight must be 0.01 to 100" CHECK (((weight >= (0.01)::double precision) AND (weight <= (100)::double precision)))
);
CREATE VIEW public.job_brakes AS
 SELECT 'pause'::text AS brake,
    p.scope,
    p.key,
    NULL::bigint AS running,
    NULL::double precision AS value,
    p.reason AS detail
   FROM public.job_pauses p
UNION ALL
 SELECT 'limit'::text AS brake,
    concat_ws(':'::text, l.scope, array_to_string(l.payload_path, '.'::text)) AS scope,
    l.key,
        CASE
            WHEN (l.key <> '*'::text) THEN public.running_under(l.id, l.key)
            ELSE NULL::bigint
        END AS running,
    l.max_running AS value,
        CASE
            WHEN (l.key = '*'::text) THEN 'each'::text
            ELSE NULL::text
        END AS detail
   FROM public.concurrency_limits l
UNION ALL
 SELECT 'weight'::text AS brake,
    'user'::text AS scope,
    w.user_id AS key,
    NULL::bigint AS running,
    w.weight AS value,
    NULL::text AS detail
   FROM public.user_weights w;
ALTER TABLE public.jobs ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.jobs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.legal_holds (
    id bigint NOT NULL,
    user_id text,
    agent_id uuid,
    job_id bigint,
    execution_id uuid,
    reason text NOT NULL,
    placed_by text DEFAULT CURRENT_USER NOT NULL,
    placed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    lifted_at timestamp with time zone,
    CONSTRAINT "a legal hold is of one user, agent or job" CHECK ((num_nonnulls(user_id, agent_id, job_id) = 1)),
    CONSTRAINT "a legal hold needs a reason" CHECK ((btrim(reason) <> ''::text))
);
ALTER TABLE public.legal_holds ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.legal_holds_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.provider_allowances (
    provider text NOT NULL,
    model text NOT NULL,
    requests double precision NOT NULL,
    tokens double precision NOT NULL,
    refilled_at timestamp with time zone NOT NULL
)
WITH (fillfactor='20', autovacuum_vacuum_threshold='50', autovacuum_vacuum_scale_factor='0');
CREATE TABLE public.provider_limits (
    provider text NOT NULL,
    model text NOT NULL,
    requests_per_minute double precision,
    tokens_per_minute double precision,
    learned_requests double precision,
    learned_tokens double precision,
    learned_at timestamp with time zone,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT "provider_limits must be above 0" CHECK (((((requests_per_minute > (0)::double precision) AND (requests_per_minute < 'Infinity'::double precision)) IS NOT FALSE) AND (((tokens_per_minute > (0)::double precision) AND (tokens_per_minute < 'Infinity'::double precision)) IS NOT FALSE) AND (((learned_requests > (0)::double precision) AND (learned_requests < 'Infinity'::double precision)) IS NOT FALSE) AND (((learned_tokens > (0)::double precision) AND (learned_tokens < 'Infinity'::double precision)) IS NOT FALSE)))
);
CREATE TABLE public.provider_slices (
    provider text NOT NULL,
    model text NOT NULL,
    worker_id uuid NOT NULL,
    requests integer NOT NULL,
    tokens bigint NOT NULL,
    leased_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_threshold='50', autovacuum_vacuum_scale_factor='0');
CREATE TABLE public.retention_policies (
    subject text NOT NULL,
    keep interval,
    CONSTRAINT "retention_policies.keep must be 1 day or more" CHECK ((keep >= '1 day'::interval))
);
CREATE TABLE public.retention_sweeps (
    table_name text NOT NULL,
    subjects text[] NOT NULL,
    next_block bigint DEFAULT 0 NOT NULL,
    sweep_after timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    pruned bigint DEFAULT 0 NOT NULL
);
ALTER TABLE public.schedules ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.schedules_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
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
CREATE VIEW public.unpriced_models AS
 SELECT unpriced_calls.provider,
    unpriced_calls.model,
    unpriced_calls.service_tier,
    unpriced_calls.calls,
    unpriced_calls.tokens,
    unpriced_calls.first_call,
    unpriced_calls.last_call
   FROM public.unpriced_calls('-infinity'::timestamp with time zone) unpriced_calls(provider, model, service_tier, calls, tokens, first_call, last_call);
CREATE VIEW public.usage_by_day AS
 SELECT spent.day,
    spent.user_id,
    spent.agent_id,
    spent.provider,
    spent.model_name,
    spent.activity_type,
    (sum(spent.calls))::bigint AS calls,
    (sum(spent.failed_calls))::bigint AS failed_calls,
    (sum(spent.priced_calls))::bigint AS priced_calls,
    (sum(spent.counted_calls))::bigint AS counted_calls,
    (sum(spent.input_tokens))::bigint AS input_tokens,
    (sum(spent.output_tokens))::bigint AS output_tokens,
    (sum(spent.cached_tokens))::bigint AS cached_tokens,
    (sum(spent.reasoning_tokens))::bigint AS reasoning_tokens,
    sum(spent.cost_usd) AS cost_usd
   FROM ( SELECT ((u.created_at AT TIME ZONE 'UTC'::text))::date AS day,
            u.user_id,
            u.agent_id,
            u.provider,
            u.model_name,
            u.activity_type,
            1 AS calls,
                CASE
                    WHEN (u.status = 'failed'::text) THEN 1
                    ELSE 0
                END AS failed_calls,
            num_nonnulls(u.cost_usd) AS priced_calls,
            num_nonnulls(u.output_tokens) AS counted_calls,
            COALESCE(u.input_tokens, 0) AS input_tokens,
            COALESCE(u.output_tokens, 0) AS output_tokens,
            COALESCE(u.cached_tokens, 0) AS cached_tokens,
            COALESCE(u.reasoning_tokens, 0) AS reasoning_tokens,
            u.cost_usd
           FROM public.token_usage u
        UNION ALL
         SELECT p.day,
            p.user_id,
            p.agent_id,
            p.provider,
            p.model_name,
            p.activity_type,
            p.calls,
            p.failed_calls,
            p.priced_calls,
            p.counted_calls,
            p.input_tokens,
            p.output_tokens,
            p.cached_tokens,
            p.reasoning_tokens,
            p.cost_usd
           FROM public.pruned_usage p) spent
  GROUP BY spent.day, spent.user_id, spent.agent_id, spent.provider, spent.model_name, spent.activity_type;
CREATE TABLE public.user_columns (
    table_name text NOT NULL,
    column_name text NOT NULL,
    condition text DEFAULT 'true'::text NOT NULL,
    place integer NOT NULL
);
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
ALTER TABLE ONLY public.agent_schedule_changes
    ADD CONSTRAINT agent_schedule_changes_pkey PRIMARY KEY (id);
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
ALTER TABLE ONLY public.budget_charges
    ADD CONSTRAINT budget_charges_pkey PRIMARY KEY (usage_id, budget_id);
ALTER TABLE ONLY public.budget_windows
    ADD CONSTRAINT budget_windows_pkey PRIMARY KEY (budget_id, subject, starts_at);
ALTER TABLE ONLY public.budgets
    ADD CONSTRAINT budgets_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.concurrency_keys
    ADD CONSTRAINT concurrency_keys_pkey PRIMARY KEY (limit_id, value);
ALTER TABLE ONLY public.concurrency_limits
    ADD CONSTRAINT concurrency_limits_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.concurrency_slots
    ADD CONSTRAINT concurrency_slots_pkey PRIMARY KEY (limit_id, value, attempt_id);
ALTER TABLE ONLY public.default_models
    ADD CONSTRAINT default_models_pkey PRIMARY KEY (kind);
ALTER TABLE ONLY public.hold_releases
    ADD CONSTRAINT hold_releases_pkey PRIMARY KEY (hold_key);
ALTER TABLE ONLY public.job_attempts
    ADD CONSTRAINT job_attempts_pkey PRIMARY KEY (attempt_id);
ALTER TABLE ONLY public.job_pauses
    ADD CONSTRAINT job_pauses_pkey PRIMARY KEY (scope, key);
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT "jobs.execution_id must be unique" UNIQUE (execution_id);
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.legal_holds
    ADD CONSTRAINT legal_holds_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.model_prices
    ADD CONSTRAINT model_prices_pkey PRIMARY KEY (model, valid_from, tier, above_tokens);
ALTER TABLE ONLY public.provider_allowances
    ADD CONSTRAINT provider_allowances_pkey PRIMARY KEY (provider, model);
ALTER TABLE ONLY public.provider_cooldowns
    ADD CONSTRAINT provider_cooldowns_pkey PRIMARY KEY (provider, model);
ALTER TABLE ONLY public.provider_limits
    ADD CONSTRAINT provider_limits_pkey PRIMARY KEY (provider, model);
ALTER TABLE ONLY public.provider_slices
    ADD CONSTRAINT provider_slices_pkey PRIMARY KEY (provider, model, worker_id);
ALTER TABLE ONLY public.pruned_runs
    ADD CONSTRAINT pruned_runs_pkey PRIMARY KEY (agent_id, user_id);
ALTER TABLE ONLY public.pruned_usage
    ADD CONSTRAINT pruned_usage_day_user_id_agent_id_provider_model_name_activ_key UNIQUE NULLS NOT DISTINCT (day, user_id, agent_id, provider, model_name, activity_type);
ALTER TABLE ONLY public.retention_policies
    ADD CONSTRAINT retention_policies_pkey PRIMARY KEY (subject);
ALTER TABLE ONLY public.retention_sweeps
    ADD CONSTRAINT retention_sweeps_pkey PRIMARY KEY (table_name);
ALTER TABLE ONLY public.run_memories
    ADD CONSTRAINT run_memories_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.run_steps
    ADD CONSTRAINT run_steps_pkey PRIMARY KEY (execution_id, step_key);
ALTER TABLE ONLY public.schedules
    ADD CONSTRAINT "schedules.name is taken" UNIQUE (name);
ALTER TABLE ONLY public.schedules
    ADD CONSTRAINT schedules_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.concurrency_limits
    ADD CONSTRAINT "there is such a limit already" UNIQUE NULLS NOT DISTINCT (scope, payload_path, key);
ALTER TABLE ONLY public.token_usage
    ADD CONSTRAINT token_usage_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.user_columns
    ADD CONSTRAINT user_columns_pkey PRIMARY KEY (table_name);
ALTER TABLE ONLY public.user_memory
    ADD CONSTRAINT user_memory_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.user_memory
    ADD CONSTRAINT user_memory_user_id_memory_key_key UNIQUE (user_id, memory_key);
ALTER TABLE ONLY public.user_weights
    ADD CONSTRAINT user_weights_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.workers
    ADD CONSTRAINT workers_pkey PRIMARY KEY (id);
CREATE INDEX agent_configurations_agent_id_user_id_created_at_idx ON public.agent_configurations USING btree (agent_id, user_id, created_at DESC);
CREATE INDEX agent_executions_agent_id_completed_at_idx ON public.agent_executions USING btree (agent_id, completed_at DESC);
CREATE INDEX agent_executions_completed_at_idx ON public.agent_executions USING brin (completed_at) WITH (autosummarize='on');
CREATE INDEX agent_generation_logs_created_at_idx ON public.agent_generation_logs USING btree (created_at) INCLUDE (user_id, total_tokens, success, generation_time_ms, retry_count);
CREATE INDEX agent_generation_logs_user_id_created_at_idx ON public.agent_generation_logs USING btree (user_id, created_at DESC);
CREATE INDEX agent_logs_agent_id_created_at_idx ON public.agent_logs USING btree (agent_id, created_at DESC);
CREATE INDEX agents_user_id_idx ON public.agents USING btree (user_id);
CREATE INDEX budget_charges_window ON public.budget_charges USING btree (budget_id, subject, starts_at);
CREATE INDEX budget_windows_ends_at ON public.budget_windows USING btree (ends_at);
CREATE UNIQUE INDEX budgets_of_whom ON public.budgets USING btree (scope, subject, period) WHERE (removed_at IS NULL);
CREATE INDEX job_attempts_job ON public.job_attempts USING btree (job_id);
CREATE UNIQUE INDEX "jobs.unique_key is taken" ON public.jobs USING btree (unique_key) WHERE ((unique_key IS NOT NULL) AND (state <> ALL (ARRAY['failed'::text, 'cancelled'::text])));
CREATE INDEX jobs_due ON public.jobs USING btree (queue, run_at) WHERE (state = 'available'::text);
CREATE INDEX jobs_held ON public.jobs USING btree (hold_key COLLATE "C", priority, COALESCE(user_id, ''::text), run_at, id) WHERE (state = 'held'::text);
CREATE INDEX jobs_hold_until ON public.jobs USING btree (hold_until) WHERE ((state = 'held'::text) AND (hold_until IS NOT NULL));
CREATE INDEX jobs_lane ON public.jobs USING btree (queue, priority, COALESCE(user_id, ''::text), run_at, id) WHERE (state = 'available'::text);
CREATE INDEX jobs_running ON public.jobs USING btree (worker_id) WHERE (state = 'running'::text);
CREATE INDEX jobs_wait_until ON public.jobs USING btree (wait_until) WHERE (state = 'waiting'::text);
CREATE INDEX run_memories_agent_id_importance_score_idx ON public.run_memories USING btree (agent_id, importance_score DESC);
CREATE INDEX run_memories_agent_id_run_number_idx ON public.run_memories USING btree (agent_id, run_number DESC);
CREATE INDEX run_memories_agent_id_run_timestamp_idx ON public.run_memories USING btree (agent_id, run_timestamp DESC);
CREATE INDEX run_memories_agent_id_user_id_run_number_idx ON public.run_memories USING btree (agent_id, user_id, run_number DESC);
CREATE INDEX run_memories_expires_at_idx ON public.run_memories USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE INDEX run_steps_keep_until ON public.run_steps USING btree (keep_until) WHERE (keep_until IS NOT NULL);
CREATE INDEX schedules_due ON public.schedules USING btree (next_at) WHERE (NOT paused);
CREATE INDEX token_usage_agent_id_created_at_idx ON public.token_usage USING btree (agent_id, created_at);
CREATE INDEX token_usage_attempt_id_idx ON public.token_usage USING btree (attempt_id);
CREATE INDEX token_usage_created_at_idx ON public.token_usage USING brin (created_at) WITH (autosummarize='on');
CREATE INDEX token_usage_execution_id_idx ON public.token_usage USING btree (execution_id);
CREATE INDEX token_usage_pending_idx ON public.token_usage USING btree (created_at) WHERE (status = 'pending'::text);
CREATE INDEX user_memory_user_id_importance_memory_key_idx ON public.user_memory USING btree (user_id, importance DESC, memory_key);
CREATE TRIGGER agents_schedule_deleted AFTER DELETE ON public.agents FOR EACH ROW WHEN ((old.mode = 'scheduled'::text)) EXECUTE FUNCTION public.note_agent_schedule();
CREATE TRIGGER agents_schedule_inserted AFTER INSERT ON public.agents FOR EACH ROW WHEN (((new.mode = 'scheduled'::text) AND new.schedule_enabled)) EXECUTE FUNCTION public.note_agent_schedule();
CREATE TRIGGER agents_schedule_updated AFTER UPDATE OF mode, status, schedule_cron, timezone, schedule_enabled, next_run, user_id, deleted_at ON public.agents FOR EACH ROW WHEN ((((((((((old.mode IS DISTINCT FROM new.mode) OR (old.status IS DISTINCT FROM new.status)) OR (old.schedule_cron IS DISTINCT FROM new.schedule_cron)) OR (old.timezone IS DISTINCT FROM new.timezone)) OR (old.schedule_enabled IS DISTINCT FROM new.schedule_enabled)) OR (old.next_run IS DISTINCT FROM new.next_run)) OR (old.user_id IS DISTINCT FROM new.user_id)) OR (old.deleted_at IS DISTINCT FROM new.deleted_at)) AND ((old.mode = 'scheduled'::text) OR (new.mode = 'scheduled'::text)) AND (current_setting('agent_worker.ticking'::text, true) IS DISTINCT FROM 'on'::text))) EXECUTE FUNCTION public.note_agent_schedule();
CREATE TRIGGER jobs_wake AFTER INSERT ON public.jobs REFERENCING NEW TABLE AS enqueued FOR EACH STATEMENT EXECUTE FUNCTION public.wake_parked_workers();
CREATE TRIGGER legal_holds_placed BEFORE INSERT ON public.legal_holds FOR EACH ROW EXECUTE FUNCTION public.place_legal_hold();
CREATE TRIGGER schedules_prepare BEFORE INSERT OR UPDATE OF cron, time_zone, paused, fault ON public.schedules FOR EACH ROW EXECUTE FUNCTION public.prepare_schedule();
CREATE TRIGGER schedules_wake AFTER INSERT OR UPDATE OF cron, time_zone, paused ON public.schedules FOR EACH STATEMENT EXECUTE FUNCTION public.wake_tickers();
CREATE TRIGGER token_usage_deleted AFTER DELETE ON public.token_usage REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.count_token_usage();
CREATE TRIGGER token_usage_inserted AFTER INSERT ON public.token_usage REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.count_token_usage();
CREATE TRIGGER token_usage_truncated AFTER TRUNCATE ON public.token_usage FOR EACH STATEMENT EXECUTE FUNCTION public.count_token_usage();
CREATE TRIGGER token_usage_updated AFTER UPDATE ON public.token_usage REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.count_token_usage();
