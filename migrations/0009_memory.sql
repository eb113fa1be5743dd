-- Memory: what finished runs of an agent leave to later ones (run_memories), and what is known of a user whatever the agent (user_memory).
-- Both hold content. A table that exists already gains the columns it lacks and is never retyped. The origin's column embedding
-- (vector(1536)) is left to whoever searches by meaning: it needs an extension, and nothing here fills it.
SELECT pg_advisory_xact_lock(hashtextextended('agent-worker migrations', 0));
SET LOCAL lock_timeout = '5s';

-- NULL: as the worker's AGENT_WORKER_MEMORY says.
ALTER TABLE agents ADD COLUMN IF NOT EXISTS memory_enabled boolean;

-- A run's memory has the id of its execution: that is what makes it one per run.
CREATE TABLE IF NOT EXISTS run_memories (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid()
);

ALTER TABLE run_memories
    ADD COLUMN IF NOT EXISTS agent_id          uuid,
    ADD COLUMN IF NOT EXISTS user_id           uuid,
    ADD COLUMN IF NOT EXISTS execution_id      uuid,
    ADD COLUMN IF NOT EXISTS run_number        integer, -- per agent, from 1
    ADD COLUMN IF NOT EXISTS run_timestamp     timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN IF NOT EXISTS summary           text,
    ADD COLUMN IF NOT EXISTS sentiment         text
        CHECK (sentiment IN ('positive', 'neutral', 'negative', 'mixed')),
    ADD COLUMN IF NOT EXISTS key_outcomes      jsonb,   -- {success, items_processed, errors, warnings}
    ADD COLUMN IF NOT EXISTS patterns_detected jsonb,   -- {recurring_error, success_pattern, performance_issue}
    ADD COLUMN IF NOT EXISTS suggestions       jsonb,   -- {improve_prompt, adjust_schedule, optimize_config}
    ADD COLUMN IF NOT EXISTS user_feedback     text,
    ADD COLUMN IF NOT EXISTS importance_score  integer NOT NULL DEFAULT 5
        CHECK (importance_score BETWEEN 1 AND 10),
    ADD COLUMN IF NOT EXISTS memory_type       text NOT NULL DEFAULT 'run'
        CHECK (memory_type IN ('run', 'consolidated', 'milestone')),
    ADD COLUMN IF NOT EXISTS token_count       integer,
    ADD COLUMN IF NOT EXISTS model_used        text,    -- by the run
    ADD COLUMN IF NOT EXISTS credits_consumed  integer,
    ADD COLUMN IF NOT EXISTS execution_time_ms integer,
    ADD COLUMN IF NOT EXISTS ais_score         double precision,
    ADD COLUMN IF NOT EXISTS created_at        timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN IF NOT EXISTS expires_at        timestamptz, -- NULL: kept
    ADD COLUMN IF NOT EXISTS last_accessed_at  timestamptz; -- never written here: reading a memory costs no write

CREATE TABLE IF NOT EXISTS user_memory (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id    uuid,
    memory_key text,
    UNIQUE (user_id, memory_key)
);

ALTER TABLE user_memory
    ADD COLUMN IF NOT EXISTS user_id             uuid,
    ADD COLUMN IF NOT EXISTS memory_key          text,
    ADD COLUMN IF NOT EXISTS memory_value        text,
    ADD COLUMN IF NOT EXISTS memory_type         text NOT NULL DEFAULT 'fact'
        CHECK (memory_type IN ('preference', 'context', 'pattern', 'fact')),
    ADD COLUMN IF NOT EXISTS importance          numeric(3, 2) NOT NULL DEFAULT 0.5
        CHECK (importance BETWEEN 0 AND 1),
    ADD COLUMN IF NOT EXISTS usage_count         integer NOT NULL DEFAULT 0, -- this and the next: as last_accessed_at
    ADD COLUMN IF NOT EXISTS last_used_at        timestamptz,
    ADD COLUMN IF NOT EXISTS source              text,
    ADD COLUMN IF NOT EXISTS source_agent_id     uuid,
    ADD COLUMN IF NOT EXISTS source_execution_id uuid,
    ADD COLUMN IF NOT EXISTS metadata            jsonb,
    ADD COLUMN IF NOT EXISTS created_at          timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN IF NOT EXISTS updated_at          timestamptz NOT NULL DEFAULT now();

-- The indexes, each unless the table has one of the same columns under another name.
DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT * FROM (VALUES
            -- injection, and what is beyond the most that are kept
            ('run_memories', 'agent_id, user_id, run_number DESC', ''),
            -- the next run's number
            ('run_memories', 'agent_id, run_number DESC', ''),
            ('run_memories', 'agent_id, run_timestamp DESC', ''),
            ('run_memories', 'agent_id, importance_score DESC', ''),
            -- pruning
            ('run_memories', 'expires_at', ' WHERE expires_at IS NOT NULL'),
            -- injection
            ('user_memory', 'user_id, importance DESC, memory_key', '')
        ) AS indexes (table_name, columns, condition)
    LOOP
        IF NOT EXISTS (
            SELECT FROM pg_index i
            WHERE i.indrelid = to_regclass(wanted.table_name) AND i.indisvalid
                AND pg_get_indexdef(i.indexrelid) LIKE '%(' || wanted.columns || ')%'
        ) THEN
            EXECUTE format('CREATE INDEX ON %I (%s)%s',
                wanted.table_name, wanted.columns, wanted.condition);
        END IF;
    END LOOP;
END $$;

-- How much a run is worth remembering, 1 to 10: the origin's formula with its default weights.
CREATE OR REPLACE FUNCTION memory_importance(
    success boolean, patterns jsonb, suggestions jsonb, feedback text, run_number integer
) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
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

-- Keeps the memory of a run that ended: {"summary","sentiment","key_outcomes","patterns_detected","suggestions","model_used"}. One that is
-- less important than the base score of 5, which is an ordinary success, lives low_keep_s, any other keep_s; beyond the newest most_kept of
-- the agent and user they expire at once.
--
-- Fenced, and once per execution: an attempt that comes again changes nothing, a stale one writes nothing. Returns the run's number among
-- those of the agent, NULL when the attempt is no longer the caller's.
CREATE OR REPLACE FUNCTION remember_run(
    job bigint, attempt uuid, memory jsonb, most_kept integer, keep_s double precision,
    low_keep_s double precision
) RETURNS integer LANGUAGE plpgsql SET jit = off AS $$
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
    -- One at a time per agent: two runs that end together must not get the same number.
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

-- Removes memories whose time is over; answers how many. Called by maintenance until it answers less than max_rows.
CREATE OR REPLACE FUNCTION prune_run_memories(max_rows integer DEFAULT 1000)
RETURNS bigint LANGUAGE sql SET jit = off AS $$
    WITH old AS MATERIALIZED (
        SELECT m.id FROM run_memories m
        WHERE m.expires_at < clock_timestamp() ORDER BY m.expires_at LIMIT max_rows
        FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM run_memories m WHERE m.id = ANY (ARRAY(SELECT old.id FROM old)) RETURNING 1
    )
    SELECT count(*) FROM gone
$$;

-- Functions that name tables keep to this schema, whatever the caller's search_path.
DO $$
DECLARE
    signature regprocedure;
BEGIN
    FOR signature IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = current_schema()::regnamespace
            AND p.proname IN ('memory_importance', 'remember_run', 'prune_run_memories')
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path TO %I, pg_temp', signature, current_schema());
    END LOOP;
END $$;

INSERT INTO agent_worker_migrations (version, name) VALUES (9, '0009_memory')
ON CONFLICT DO NOTHING;
