-- What runs did, for their records: what a call wrote to the provider's cache and the tier that served it (prices depend on both), what
-- the journal knows of a run whose worker died, counts of the run beside those of the seed, and the corrected intensity formula.
SELECT pg_advisory_xact_lock(hashtextextended('agent-worker migrations', 0));
SET LOCAL lock_timeout = '5s';

-- Without a default: adding them rewrites nothing.
ALTER TABLE token_usage
    ADD COLUMN IF NOT EXISTS cache_write_tokens    integer,  -- of input_tokens, none of them cached_tokens
    ADD COLUMN IF NOT EXISTS cache_write_1h_tokens integer,  -- of cache_write_tokens, kept an hour or longer
    ADD COLUMN IF NOT EXISTS service_tier          text;     -- that really served the call, where the provider tells
ALTER TABLE run_steps
    ADD COLUMN IF NOT EXISTS plugin text,  -- of a tool's call
    ADD COLUMN IF NOT EXISTS action text;

-- Keeps what attempts say of their runs while the jobs go on: what a wait's or a retry's attempt did is in no journal as a whole, and nobody
-- may be there to say it when the job is cancelled, or dies at its next attempt. Counts only, no content; it goes with the journal.
CREATE OR REPLACE FUNCTION keep_run_reports(settlements jsonb, attempt_ids uuid[])
RETURNS void LANGUAGE sql AS $$
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

-- What is known of a run that ended without a living worker, in the words of a run report: iterations, tool calls, loop iterations and
-- step retries by the keys and outputs of its journal and the calls in token_usage; the rest (branches, parallel executions, how steps
-- ended) as the last attempt that ended told it. Keys: `step3[2].classify#2.iteration1.call1`, the engines' own.
CREATE OR REPLACE FUNCTION journalled_run(execution uuid, agent uuid)
RETURNS jsonb LANGUAGE sql STABLE SET jit = off AS $$
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
        -- a tool that asks a person something has not been called yet
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
        -- a report may know calls that are not kept, such as one that was refused
        -- what the run was told of the past is the same in every attempt
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
$$;

-- As in 0005, and: what a job that goes on did is kept for its record, and a job that ends without a worker's word gets what its journal
-- knows. A settlement that carries its own `run` reads no journal.
CREATE OR REPLACE FUNCTION record_finished_jobs(
    job_ids bigint[], settlements jsonb, attempt_ids uuid[] DEFAULT '{}')
RETURNS void LANGUAGE plpgsql AS $$
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
        -- coalesce: the journal is read only where no worker says what ran
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
        -- once, not at each place that names it
        OFFSET 0) AS run
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

-- As in 0002, and: the counts of the run itself stand in every log (`counts`, `pluginsUsed`), and an orchestrator's execution log has the
-- model, provider, iterations and tool calls that an AgentKit's has.
CREATE OR REPLACE FUNCTION log_agent_runs(runs jsonb) RETURNS SETOF uuid
LANGUAGE plpgsql SET jit = off AS $$
DECLARE
    ids uuid[];
    -- the runs that are new: agent, user and success for the counters, and for the intensity
    new_runs intensity_run[];
    completions timestamptz[];
BEGIN
    IF jsonb_typeof(runs) IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION 'runs must be a JSON array' USING ERRCODE = '22023';
    END IF;
    -- The casts check the ids; a block that catches errors and writes nothing costs next to nothing.
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
    -- One row per execution, by id: two calls that share ids wait for each other in one order.
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
               -- what the seed leaves open: the same keys in the same place for both engines
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
                   -- of the run itself, whatever operation 4 is told
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
               -- first, for the seed's own keys win: an orchestrator's log has of these what an
               -- AgentKit's has
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
    -- Operation 4's input. What the seed leaves open comes from the report, for both engines; where
    -- the report is silent the seed's values stand (an orchestrator's tool time is its duration, its
    -- tool calls its completed steps). true_counts chooses between the counts and plugins of the
    -- agent's definition, the seed's, and those of the run.
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

-- As in 0002, and: the switch `ais_true_counts` corrects the formula as well. Off, it is the seed's to
-- the last digit.
CREATE OR REPLACE FUNCTION fold_agent_intensity(runs intensity_run[]) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
DECLARE
    agent_ids uuid[] := ARRAY(
        SELECT DISTINCT run.agent_id FROM unnest(runs) AS run ORDER BY run.agent_id);
    -- the switch: figures as they are, instead of the seed's
    true_figures boolean := coalesce((
        SELECT c.config_value = 1 FROM ais_system_config c
        WHERE c.config_key = 'ais_true_counts'), false);
BEGIN
    -- First all missing rows, then all locks, each by key: see the lock order above.
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
               -- of the last run alone
               0::double precision AS input, 0::double precision AS output,
               0::double precision AS memory, 0::double precision AS entries,
               0::double precision AS types
        FROM agent_intensity_metrics m
        LEFT JOIN agent_token_baselines b
            ON b.agent_id = m.agent_id AND b.agent_id = ANY (agent_ids)
        WHERE m.agent_id = ANY (agent_ids)
        UNION ALL
        SELECT f.agent_id, r.nth, r.of,
               -- the seed's: per call, this run's own among them; true: per run, those before it
               CASE WHEN true_figures THEN f.avg_output ELSE f.baseline END, f.creation,
               f.n + 1,
               f.successful + CASE WHEN r.successful THEN 1 ELSE 0 END,
               f.failed + CASE WHEN r.successful THEN 0 ELSE 1 END,
               f.tokens + r.tokens,
               greatest(f.peak_tokens, r.tokens),
               -- named in/out, holds out/in; 0 keeps
               CASE WHEN r.input > 0 AND r.output > 0 THEN r.output / r.input ELSE f.ratio END,
               (f.avg_output * f.n + r.output) / (f.n + 1),
               (f.avg_memory * f.n + r.memory) / (f.n + 1),
               CASE WHEN r.input > 0 THEN least(r.memory / r.input, 1) ELSE f.memory_ratio END,
               f.iterations + r.iterations,
               -- rounded half up at every run, as the seed stores it: that drifts
               CASE WHEN true_figures THEN (f.avg_duration * f.n + r.duration) / (f.n + 1)
                    ELSE floor((f.avg_duration * f.n + r.duration) / (f.n + 1) + 0.5) END,
               greatest(f.peak_duration, r.duration),
               f.tool_calls + r.tool_calls,
               greatest(f.unique_plugins, r.plugins),
               -- a zero changes no mean of the seed's; a true one it lowers
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
               -- what is efficient (10) is the least complex; the seed scores it the most
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
               -- of the last run alone
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
                   -- 10 at the low end of the ratio, 0 at the high end
                   CASE WHEN s.ratio_hi > s.ratio_lo
                        THEN 10 + (least(greatest(f.ratio, s.ratio_lo), s.ratio_hi) - s.ratio_lo)
                                  * (0 - 10) / (s.ratio_hi - s.ratio_lo)
                        ELSE 0 END AS efficiency,
                   1 + CASE WHEN f.success_rate < s.quality_success_threshold
                            THEN s.quality_success_multiplier ELSE 0 END
                     -- the threshold is a percentage, the rate is retries per run
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

    -- In any order: whoever updates an agent here holds its metrics row already.
    UPDATE agents a
    SET intensity_score = m.intensity_score, last_intensity_update = now()
    FROM agent_intensity_metrics m
    WHERE a.id = m.agent_id AND a.id = ANY (agent_ids) AND m.agent_id = ANY (agent_ids);
END
$$;

UPDATE ais_system_config
SET description = '0: the seed''s formula and the counts of the agent''s definition; 1: the counts of the run and the corrected formula',
    updated_at = now()
WHERE config_key = 'ais_true_counts';

-- Functions that name tables keep to this schema, whatever the caller's search_path.
DO $$
DECLARE
    signature regprocedure;
BEGIN
    FOR signature IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = current_schema()::regnamespace
            AND p.proname IN (
                'keep_run_reports', 'journalled_run', 'record_finished_jobs', 'log_agent_runs',
                'fold_agent_intensity')
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path TO %I, pg_temp', signature, current_schema());
    END LOOP;
END $$;

INSERT INTO agent_worker_migrations (version, name) VALUES (10, '0010_run_counts')
ON CONFLICT DO NOTHING;
