-- Ids that any checker of UUIDs accepts, functions whose new helpers may be executed by whoever may execute them, and nothing asked of the
-- agents for jobs that leave no record of a run.
SELECT pg_advisory_xact_lock(hashtextextended('agent-worker migrations', 0));
SET LOCAL lock_timeout = '5s';

-- A UUID of version 7 (RFC 9562): the milliseconds in front of the chance and the variant of gen_random_uuid, whose version 4 becomes 7 by
-- two bits. 0020 lost the variant's bits to the precedence of `<<`, and rested on random(), which a session can seed. In order of time,
-- because ids that fall on few pages of their three indexes write a twentieth of the WAL.
CREATE OR REPLACE FUNCTION time_uuid() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid()) PLACING substr(
                int8send((date_part('epoch', clock_timestamp()) * 1000)::bigint), 3) FROM 1),
            52, 1), 53, 1), 'hex')::uuid
$$;

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

-- A column's default needs its function as an insert needs the column: as with gen_random_uuid, whoever may do the one may do the other.
GRANT EXECUTE ON FUNCTION time_uuid() TO PUBLIC;

-- Functions are made with the default privileges, which some databases revoke: the helpers that came with 0020, and those that 0021 made
-- anew, go to whoever may settle.
DO $$
DECLARE
    given record;
    helper regprocedure;
BEGIN
    FOR given IN
        SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
            AS grantee
        FROM pg_proc p
        CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
        WHERE p.oid = 'settle_jobs(jsonb)'::regprocedure AND a.privilege_type = 'EXECUTE'
    LOOP
        FOR helper IN
            SELECT p.oid FROM pg_proc p
            WHERE p.pronamespace = current_schema()::regnamespace
                AND p.proname IN (
                    'end_attempts', 'write_runs', 'report_tokens', 'rescue_jobs', 'maintain_queue')
        LOOP
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', helper, given.grantee);
        END LOOP;
    END LOOP;
END $$;

DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION record_finished_jobs(bigint[], jsonb, uuid[]) SET search_path TO %I, pg_temp',
        current_schema());
END $$;

INSERT INTO agent_worker_migrations (version, name) VALUES (22, '0022_valid_ids')
ON CONFLICT DO NOTHING;
