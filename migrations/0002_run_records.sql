-- The four operations as set-based functions: many finished runs in one call, in the caller's
-- transaction. Lock order, everywhere: agent_executions, agent_logs, agent_stats,
-- agent_intensity_metrics, agents; rows of a table by key. A transaction that makes one call is
-- therefore free of deadlocks with every other; several calls in one transaction are not.

SELECT pg_advisory_xact_lock(hashtextextended('agent-worker migrations', 0));

SET LOCAL client_min_messages = warning;

-- Reading reports ---------------------------------------------------------------------------------

-- A count, exact up to 2^53 - 1 (what a double holds); negative is 0, a missing or mistyped one the
-- fallback. An absurd number in one report must not fail the batch it is in.
CREATE OR REPLACE FUNCTION report_count(value jsonb, fallback bigint DEFAULT 0) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN jsonb_typeof(value) = 'number'
            THEN least(greatest(round(value::numeric), 0), 9007199254740991)::bigint
        ELSE fallback
    END
$$;

CREATE OR REPLACE FUNCTION report_array(value jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN jsonb_typeof(value) = 'array' THEN value ELSE '[]'::jsonb END
$$;

CREATE OR REPLACE FUNCTION clamp_integer(value numeric) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT least(greatest(value, 0), 2147483647)::integer
$$;

-- What the cast to uuid accepts. A regular expression costs ten times the cast: only for naming a
-- fault that the cast has found.
CREATE OR REPLACE FUNCTION is_uuid(value jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(value #>> '{}' ~* '^[{]?([0-9a-f]{4}-?){7}[0-9a-f]{4}[}]?$', false)
$$;

-- The name of the first required field that is missing or mistyped, or NULL.
CREATE OR REPLACE FUNCTION run_report_fault(run jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
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

-- A report's tool calls with the six keys a log may hold and no other: never arguments or results.
-- Calls that have exactly those keys, as the worker's do, are taken as they are, a tenth of the cost
-- of building them anew.
CREATE OR REPLACE FUNCTION log_tool_calls(calls jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
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

-- Prompt and completion of a report's tokens. Where one is not known it is what the other leaves of
-- the total; where neither is, prompt 0 and completion the total, as the seed maps an orchestrator.
CREATE OR REPLACE FUNCTION completion_tokens(tokens jsonb) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT report_count(
        tokens -> 'completion',
        greatest(report_count(tokens -> 'total') - report_count(tokens -> 'prompt'), 0))
$$;

CREATE OR REPLACE FUNCTION prompt_tokens(tokens jsonb) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT report_count(
        tokens -> 'prompt',
        greatest(report_count(tokens -> 'total') - completion_tokens(tokens), 0))
$$;

-- Operation 3 -------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION increment_agent_stats(
    agent_id_input uuid, user_id_input uuid, success boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO agent_stats AS stats (agent_id, user_id, run_count, success_count, last_run_at)
    VALUES (agent_id_input, user_id_input, 1, CASE WHEN $3 THEN 1 ELSE 0 END, now())
    ON CONFLICT (agent_id, user_id) DO UPDATE
    SET run_count = coalesce(stats.run_count, 0) + 1,
        success_count = coalesce(stats.success_count, 0) + excluded.success_count,
        last_run_at = greatest(stats.last_run_at, excluded.last_run_at);
END
$$;

-- Operation 4 -------------------------------------------------------------------------------------

-- v's place between lo and hi, 0…10; a range that spans nothing says nothing.
CREATE OR REPLACE FUNCTION ais_norm(v double precision, lo double precision, hi double precision)
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN hi > lo THEN (least(greatest(v, lo), hi) - lo) / (hi - lo) * 10 ELSE 0 END
$$;

CREATE OR REPLACE FUNCTION ais_clamp(score double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT least(greatest(score, 0), 10)
$$;

-- Every number the scores need as one row, read once per call.
CREATE OR REPLACE VIEW ais_settings AS
SELECT (c ->> 'min_executions_for_score')::double precision AS min_executions,
       (c ->> 'ais_weight_tokens')::double precision AS w_tokens,
       (c ->> 'ais_weight_execution')::double precision AS w_execution,
       (c ->> 'ais_weight_plugins')::double precision AS w_plugins,
       (c ->> 'ais_weight_workflow')::double precision AS w_workflow,
       (c ->> 'ais_weight_memory')::double precision AS w_memory,
       (c ->> 'ais_weight_creation')::double precision AS w_creation,
       (c ->> 'ais_weight_execution_blend')::double precision AS w_blend,
       (c ->> 'ais_token_efficiency_weight')::double precision AS w_efficiency,
       (c ->> 'ais_execution_iterations_weight')::double precision AS w_iterations,
       (c ->> 'ais_execution_duration_weight')::double precision AS w_duration,
       (c ->> 'ais_execution_failure_weight')::double precision AS w_failure,
       (c ->> 'ais_execution_retry_weight')::double precision AS w_retry,
       (c ->> 'ais_plugin_count_weight')::double precision AS w_plugin_count,
       (c ->> 'ais_plugin_usage_weight')::double precision AS w_plugin_usage,
       (c ->> 'ais_plugin_overhead_weight')::double precision AS w_plugin_overhead,
       (c ->> 'ais_workflow_steps_weight')::double precision AS w_steps,
       (c ->> 'ais_workflow_branches_weight')::double precision AS w_branches,
       (c ->> 'ais_workflow_loops_weight')::double precision AS w_loops,
       (c ->> 'ais_workflow_parallel_weight')::double precision AS w_parallel,
       (c ->> 'ais_memory_ratio_weight')::double precision AS w_memory_ratio,
       (c ->> 'ais_memory_diversity_weight')::double precision AS w_memory_diversity,
       (c ->> 'ais_memory_volume_weight')::double precision AS w_memory_volume,
       (c ->> 'output_token_growth_monitor_threshold')::double precision AS monitor_threshold,
       (c ->> 'output_token_growth_monitor_adjustment')::double precision AS monitor_adjustment,
       (c ->> 'output_token_growth_rescore_threshold')::double precision AS rescore_threshold,
       (c ->> 'output_token_growth_rescore_adjustment')::double precision AS rescore_adjustment,
       (c ->> 'output_token_growth_upgrade_threshold')::double precision AS upgrade_threshold,
       (c ->> 'output_token_growth_upgrade_adjustment')::double precision AS upgrade_adjustment,
       (c ->> 'quality_success_threshold')::double precision AS quality_success_threshold,
       (c ->> 'quality_success_multiplier')::double precision AS quality_success_multiplier,
       (c ->> 'quality_retry_threshold')::double precision AS quality_retry_threshold,
       (c ->> 'quality_retry_multiplier')::double precision AS quality_retry_multiplier,
       ranges.*
FROM (
    SELECT ais_default_config()
           || coalesce(
               jsonb_object_agg(config_key, config_value)
                   FILTER (WHERE config_value IS NOT NULL), '{}') AS c
    FROM ais_system_config
) AS config
CROSS JOIN (
    SELECT coalesce((r #>> '{token_io_ratio_min,0}')::double precision, 0.5) AS ratio_lo,
           coalesce((r #>> '{token_io_ratio_max,0}')::double precision, 3) AS ratio_hi,
           (r #>> '{iterations,0}')::double precision AS iterations_lo,
           (r #>> '{iterations,1}')::double precision AS iterations_hi,
           (r #>> '{duration_ms,0}')::double precision AS duration_lo,
           (r #>> '{duration_ms,1}')::double precision AS duration_hi,
           (r #>> '{failure_rate,0}')::double precision AS failure_lo,
           (r #>> '{failure_rate,1}')::double precision AS failure_hi,
           (r #>> '{retry_rate,0}')::double precision AS retry_lo,
           (r #>> '{retry_rate,1}')::double precision AS retry_hi,
           (r #>> '{plugin_count,0}')::double precision AS plugin_count_lo,
           (r #>> '{plugin_count,1}')::double precision AS plugin_count_hi,
           (r #>> '{plugins_per_run,0}')::double precision AS plugins_per_run_lo,
           (r #>> '{plugins_per_run,1}')::double precision AS plugins_per_run_hi,
           (r #>> '{orchestration_overhead_ms,0}')::double precision AS overhead_lo,
           (r #>> '{orchestration_overhead_ms,1}')::double precision AS overhead_hi,
           (r #>> '{workflow_steps,0}')::double precision AS steps_lo,
           (r #>> '{workflow_steps,1}')::double precision AS steps_hi,
           (r #>> '{branches,0}')::double precision AS branches_lo,
           (r #>> '{branches,1}')::double precision AS branches_hi,
           (r #>> '{loops,0}')::double precision AS loops_lo,
           (r #>> '{loops,1}')::double precision AS loops_hi,
           (r #>> '{parallel,0}')::double precision AS parallel_lo,
           (r #>> '{parallel,1}')::double precision AS parallel_hi,
           (r #>> '{memory_ratio,0}')::double precision AS memory_ratio_lo,
           (r #>> '{memory_ratio,1}')::double precision AS memory_ratio_hi,
           (r #>> '{memory_diversity,0}')::double precision AS memory_diversity_lo,
           (r #>> '{memory_diversity,1}')::double precision AS memory_diversity_hi,
           (r #>> '{memory_volume,0}')::double precision AS memory_volume_lo,
           (r #>> '{memory_volume,1}')::double precision AS memory_volume_hi
    FROM (
        SELECT jsonb_object_agg(range_key, jsonb_build_array(min_value, max_value)) AS r
        FROM ais_active_ranges
    ) AS active
) AS ranges;

-- The seed's AgentExecutionData as a row.
DO $$
BEGIN
    IF to_regtype(format('%I.intensity_run', current_schema())) IS NULL THEN
        CREATE TYPE intensity_run AS (
            agent_id   uuid,
            user_id    uuid,
            tokens     double precision,
            input      double precision,
            output     double precision,
            duration   double precision,
            iterations double precision,
            successful boolean,
            retries    double precision,
            plugins    double precision,
            tool_calls double precision,
            overhead   double precision,
            steps      double precision,
            branches   double precision,
            loops      double precision,
            parallel   double precision,
            memory     double precision,
            entries    double precision,
            types      double precision
        );
    END IF;
END
$$;

-- Folds runs, in order of completion, into the agents' metrics. The formulas are the seed's, in
-- double precision and in its order of operations, so that results agree with it to the last digit.
-- "0 keeps" below is the seed's rule that an absent or zero value leaves a mean or maximum alone.
-- Scores depend on the folded row and the last run only: computed once per agent.
--
-- A worker's first call may plan these statements over empty tables, and keeps the plans until the
-- next ANALYZE: with sequential scans allowed, 100 runs took 900 ms once 200,000 agents had come,
-- instead of 15. Hence the setting, and "= ANY (agent_ids)" on every table. The price that the planner
-- then puts on the scan of the settings would set the JIT compiler to work, for seconds: never here.
CREATE OR REPLACE FUNCTION fold_agent_intensity(runs intensity_run[]) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
DECLARE
    agent_ids uuid[] := ARRAY(
        SELECT DISTINCT run.agent_id FROM unnest(runs) AS run ORDER BY run.agent_id);
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
        SELECT f.agent_id, r.nth, r.of, f.baseline, f.creation,
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
               -- rounded half up at every run, as the seed stores it
               floor((f.avg_duration * f.n + r.duration) / (f.n + 1) + 0.5),
               greatest(f.peak_duration, r.duration),
               f.tool_calls + r.tool_calls,
               greatest(f.unique_plugins, r.plugins),
               CASE WHEN r.plugins > 0
                    THEN (f.avg_plugins * f.n + r.plugins) / (f.n + 1) ELSE f.avg_plugins END,
               CASE WHEN r.overhead > 0
                    THEN floor((f.overhead * f.n + r.overhead) / (f.n + 1) + 0.5)
                    ELSE f.overhead END,
               greatest(f.steps, r.steps),
               greatest(f.branches, r.branches),
               f.loops + r.loops,
               greatest(f.parallel, r.parallel),
               CASE WHEN r.retries > 0
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
               ais_clamp(s.w_efficiency * efficiency + adjustment * quality) AS token_score,
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
                     + CASE WHEN f.retry_rate > s.quality_retry_threshold
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

-- The seed's operation 4: an array of AgentExecutionData objects, in order of completion. agent_id
-- and user_id are required, what else is missing counts as zero.
CREATE OR REPLACE FUNCTION update_agent_intensity_metrics(runs jsonb) RETURNS void
LANGUAGE plpgsql AS $$
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

-- All four operations -----------------------------------------------------------------------------

-- Records an array of run reports and returns their execution ids in the order given. An execution
-- that is recorded already is left as it is, counts nothing, and its id is returned all the same.
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
                                  ELSE '[]' END
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
               metadata || more || jsonb_build_object(
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

CREATE OR REPLACE FUNCTION log_agent_run(run jsonb) RETURNS uuid
LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT id FROM log_agent_runs(jsonb_build_array(run)) AS id);
END
$$;

-- Functions that name tables keep to this schema, whatever the caller's search_path.
DO $$
DECLARE
    signature text;
BEGIN
    FOREACH signature IN ARRAY ARRAY[
        'increment_agent_stats(uuid, uuid, boolean)',
        'fold_agent_intensity(intensity_run[])',
        'update_agent_intensity_metrics(jsonb)',
        'log_agent_runs(jsonb)',
        'log_agent_run(jsonb)'
    ] LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path TO %I, pg_temp', signature, current_schema());
    END LOOP;
END
$$;

INSERT INTO agent_worker_migrations (version, name) VALUES (2, '0002_run_records') ON CONFLICT DO NOTHING;
