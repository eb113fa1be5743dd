-- The straight path made cheaper, its meaning unchanged: settlements and claims whose plans do not depend on what the tables held when
-- they were made, records written without building documents twice, and a wake-up only of workers that could take the job.
SELECT pg_advisory_xact_lock(hashtextextended('agent-worker migrations', 0));
SET LOCAL lock_timeout = '5s';

-- Ids ----------------------------------------------------------------------------------------------------------------------------------

-- A UUID of version 7 (RFC 9562): the milliseconds, then 74 bits of chance, 65 of them of the generator. Unique, no secret. Each job's
-- ids stand in three indexes; in order of time they fall on few pages, where chance ones touched a page of its own each: 20,000 more
-- in an index of 3 million wrote 65 MB of WAL, these 3 MB. And gen_random_uuid asks the kernel each time, 5 µs instead of 2 to 4.
CREATE OR REPLACE FUNCTION time_uuid() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(
        int8send((date_part('epoch', clock_timestamp()) * 1000)::bigint << 16
            | 28672 | (random() * 4095)::bigint)
        || int8send((-9223372036854775808)::bigint
            | (random() * 1073741823)::bigint << 32 | (random() * 4294967295)::bigint), 'hex')::uuid
$$;
ALTER TABLE jobs ALTER COLUMN execution_id SET DEFAULT time_uuid();

-- Settlement ---------------------------------------------------------------------------------------------------------------------------

-- Writes the ledger rows of attempts that just ended, with the tokens known by then; `executions` are those of their jobs. A call still
-- pending becomes unknown and its charges spent, so that no reservation outlives its attempt; so does a claimed step that was not
-- finished. Answers whether any of the attempts made calls. Each part asks first whether there is anything to do: even an update of no
-- rows fires the statement trigger of token_usage.
CREATE OR REPLACE FUNCTION end_attempts(ended job_attempts[], executions uuid[]) RETURNS boolean
LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
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

CREATE OR REPLACE FUNCTION close_attempts(ended job_attempts[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM end_attempts(ended, ARRAY(
        SELECT j.execution_id FROM jobs j
        WHERE j.id = ANY (ARRAY(SELECT e.job_id FROM unnest(ended) AS e))));
END $$;

-- Ends attempts by the word of their worker: an array of {"job_id","attempt_id","outcome","delay_ms","failure_class","error","output",
-- "hold_key","hold_reason","run","generation"}. Fenced by attempt_id alone: leaving `running` clears it, so a state test is implied, and
-- naming the state would invite a plan that drives from the small index of running jobs. Each attempt is answered `done`, `already`
-- (settled before: the acknowledgement was lost) or `lost` (the job was taken back; nothing is recorded). The ledger calls a hold a snooze.
--
-- Its first call plans over whatever the tables hold then, often nothing, and keeps the plans: with sequential scans allowed they were
-- still scanned once they had grown (186 µs per job instead of 77).
CREATE OR REPLACE FUNCTION settle_jobs(settlements jsonb)
RETURNS TABLE (attempt_id uuid, verdict text, total_tokens bigint)
LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    ended job_attempts[];
    attempts uuid[];
    executions uuid[];
    -- of those kinds that leave records
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

-- Records ------------------------------------------------------------------------------------------------------------------------------

-- A finished run as it is recorded: what settlement knows as columns, and the rest of what was reported of it.
DO $$
BEGIN
    IF to_regtype(format('%I.run_record', current_schema())) IS NULL THEN
        CREATE TYPE run_record AS (
            id             uuid,
            agent_id       uuid,
            user_id        uuid,
            agentkit       boolean,
            success        boolean,
            error          text,
            execution_type text,
            scheduled_at   timestamptz,
            started_at     timestamptz,
            completed_at   timestamptz,
            duration       bigint,
            retries        bigint,
            inputs         bigint,
            prompt         bigint,
            completion     bigint,
            cached         bigint,
            total          bigint,
            cost           numeric,
            models         jsonb,
            model          jsonb,
            provider       jsonb,
            -- of the agent: counts of its steps, its plugins
            definition     jsonb,
            declared       jsonb,
            report         jsonb
        );
    END IF;
END $$;

-- A sum of tokens as a record takes it: none is 0, and no more than a double holds exactly.
CREATE OR REPLACE FUNCTION report_tokens(total numeric) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT least(greatest(coalesce(total, 0), 0), 9007199254740991)::bigint
$$;

-- The four operations of finished runs, in order of completion; each execution once, the first of its records. Those that are recorded
-- already change nothing. Each document is built once, from columns: merging it from parts, and reading those parts back from a document
-- before, was half of the cost of a recorded job.
CREATE OR REPLACE FUNCTION write_runs(runs run_record[]) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
DECLARE
    -- the runs that are new: agent, user and success for the counters, and for the intensity
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
    -- One row per execution, by id: two calls that share ids wait for each other in one order.
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
    -- Documents are written as text and parsed once: jsonb_build_object looks up the type of each value in each row, three times the cost.
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
               -- what the seed leaves open: the same keys in the same place for both engines; counts
               -- are of the run itself, whatever operation 4 is told
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
               -- an orchestrator's log has of iterations, calls and model what an AgentKit's has
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
    -- Operation 4's input. What the seed leaves open comes from the report, for both engines; where
    -- the report is silent the seed's values stand (an orchestrator's tool time is its duration, its
    -- tool calls its completed steps). true_counts chooses between the counts and plugins of the
    -- agent's definition, the seed's, and those of the run.
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

-- Folds runs, in order of completion, into the agents' metrics: the formulas of 0010, to the last digit. A window over each agent's runs
-- costs 30 µs per agent to set up: how many runs an agent has is counted by a group instead.
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
               -- of the last run alone
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

-- Records an array of run reports and returns their execution ids in the order given. An execution that is recorded already is left as it
-- is, counts nothing, and its id is returned all the same.
CREATE OR REPLACE FUNCTION log_agent_runs(runs jsonb) RETURNS SETOF uuid
LANGUAGE plpgsql SET jit = off AS $$
DECLARE
    ids uuid[];
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

-- Writes what the ended attempts of these jobs leave behind: the four operations of agentkit and orchestrator jobs that ended for good,
-- and the generation log. `settlements` may say more about each (settle_jobs); what it does not say comes from jobs, ledger, usage and
-- journal. Only the settlements of `attempt_ids` are heard: beside the one that holds a job, a batch may carry a stale one of the same
-- job. What a job that goes on did is kept for its record.
--
-- All by sets: helper functions that name tables pin their search_path, so that they cannot be inlined and start an executor per job.
CREATE OR REPLACE FUNCTION record_finished_jobs(
    job_ids bigint[], settlements jsonb, attempt_ids uuid[] DEFAULT '{}')
RETURNS void LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    unfinished boolean;
    generated boolean;
    runs run_record[];
BEGIN
    SELECT bool_or(j.finished_at IS NULL), bool_or(j.kind = 'generation')
    INTO unfinished, generated
    FROM jobs j WHERE j.id = ANY (job_ids);
    IF unfinished THEN
        PERFORM keep_run_reports(settlements, attempt_ids);
    END IF;

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
        -- the seed's counts for operation 4, top-level steps only
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
    -- a job that never ran leaves no record
    JOIN ran ON ran.job_id = j.id
    LEFT JOIN said ON said.job_id = j.id
    LEFT JOIN used ON used.execution_id = j.execution_id
    LEFT JOIN defined d ON d.id = j.agent_id
    CROSS JOIN LATERAL (
        -- coalesce: the journal is read only where no worker says what ran
        SELECT coalesce(said.run, journalled_run(j.execution_id, j.agent_id)) AS said
        -- once, not at each place that names it
        OFFSET 0) AS run;
    IF runs IS NOT NULL THEN
        PERFORM write_runs(runs);
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

-- Wake-up ------------------------------------------------------------------------------------------------------------------------------

-- Armed wake-up: NOTIFY takes a cluster-wide lock at commit, so it is sent only when a worker is parked that serves the queue and knows the
-- kind of a job that is due. SECURITY DEFINER: whoever may insert jobs need not be allowed to read workers.
CREATE OR REPLACE FUNCTION wake_parked_workers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET jit = off AS $$
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

-- Claim --------------------------------------------------------------------------------------------------------------------------------

-- Takes up to max_jobs due jobs for a live worker; each gets a new attempt id (I2).
--
-- A lane is the due jobs of one user in one priority of a queue, in order of run_at and id. The caller names lanes in the order it wants
-- them served in within a priority, with how many to take of each and where to begin (a floor: what sorts lower was claimed before, and
-- under an old snapshot its index entries cannot be skipped cheaply). Beside those, the claim serves lanes that it finds itself at both
-- ends of what is due, before the named ones of their priority: `look` rows of the longest due, so that nothing waits for ever, and `look`
-- of what fell due within look_back_s, so that somebody new waits for nobody. Lower priority numbers go first.
--
-- `freed` are jobs that the caller settled since its last claim: what a limit held for their sake is woken first.
--
-- Rows without attempt_id were not claimed but held; see brake_claim.
CREATE OR REPLACE FUNCTION claim_jobs(
    worker uuid, max_jobs integer, queues text[], kinds text[],
    lane_queues text[] DEFAULT '{}', lane_priorities smallint[] DEFAULT '{}',
    lane_users text[] DEFAULT '{}', lane_takes integer[] DEFAULT '{}',
    lane_floors timestamptz[] DEFAULT '{}', lane_floor_ids bigint[] DEFAULT '{}',
    look integer DEFAULT 16, look_back_s double precision DEFAULT 60, freed bigint[] DEFAULT '{}'
) RETURNS TABLE (
    id bigint, kind text, queue text, payload jsonb, user_id text, agent_id uuid,
    execution_id uuid, attempt integer, max_attempts integer, snoozes integer, attempt_id uuid,
    timeout_s integer, trace_context text, scheduled_at timestamptz, priority smallint,
    run_at timestamptz
) LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
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
    -- What is woken sorts below the floors.
    IF braked AND freed <> '{}' AND wake_freed_jobs(freed) > 0 THEN
        lane_floors := array_fill('-infinity'::timestamptz, ARRAY[cardinality(lane_floors)]);
    END IF;

    -- One probe of the index per lane, in order, so that LIMIT ends the walk and only what is taken is locked. ARRAY: evaluated once; a
    -- join with the update could lock more rows than max_jobs.
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
                    ORDER BY j.run_at LIMIT look)
                    UNION ALL
                    (SELECT j.priority, coalesce(j.user_id, ''), j.run_at FROM jobs j
                    WHERE j.state = 'available' AND j.queue = served.queue AND j.run_at <= now()
                        AND j.run_at > now() - make_interval(secs => look_back_s)
                        AND j.kind = ANY (kinds)
                    ORDER BY j.run_at DESC LIMIT look)) AS seen
                GROUP BY served.queue, served.place, seen.priority, seen.user_key) AS found
            WHERE look > 0 AND NOT EXISTS (
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

-- What a claim goes with has plans that are made once, too.
DO $$
DECLARE
    signature regprocedure;
BEGIN
    FOR signature IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = current_schema()::regnamespace
            AND p.proname IN ('find_lanes', 'next_due_ms', 'wake_held_jobs')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET enable_seqscan = off', signature);
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
                'end_attempts', 'close_attempts', 'settle_jobs', 'write_runs', 'fold_agent_intensity',
                'log_agent_runs', 'record_finished_jobs', 'wake_parked_workers', 'claim_jobs')
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path TO %I, pg_temp', signature, current_schema());
    END LOOP;
END $$;

INSERT INTO agent_worker_migrations (version, name) VALUES (20, '0020_straight_path')
ON CONFLICT DO NOTHING;
