-- The record tables: what runs are written to, and what the intensity scores are computed with.
--
-- Runs inside one transaction, any number of times. A table that exists already (an upstream
-- application's own) gains the columns it lacks and is never retyped; so each table is created with
-- its key alone and every other column is added the same way, whether the table is new or not.
-- Record tables have no foreign keys to jobs or agents: a run must be recordable whatever was
-- deleted meanwhile.

SELECT pg_advisory_xact_lock(hashtextextended('agent-worker migrations', 0));

CREATE TABLE IF NOT EXISTS agent_worker_migrations (
    version    integer PRIMARY KEY,
    name       text NOT NULL,
    checksum   text,
    applied_at timestamptz NOT NULL DEFAULT now()
);

SET LOCAL client_min_messages = warning;

-- Agents ------------------------------------------------------------------------------------------

-- fillfactor: every recorded run updates intensity_score, which stays a HOT update while the page
-- has room.
CREATE TABLE IF NOT EXISTS agents (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid()
) WITH (fillfactor = 80);

ALTER TABLE agents
    ADD COLUMN IF NOT EXISTS user_id               uuid,
    ADD COLUMN IF NOT EXISTS agent_name            text,
    ADD COLUMN IF NOT EXISTS description           text,
    ADD COLUMN IF NOT EXISTS user_prompt           text,
    ADD COLUMN IF NOT EXISTS system_prompt         text,
    ADD COLUMN IF NOT EXISTS enhanced_prompt       text,
    ADD COLUMN IF NOT EXISTS status                text NOT NULL DEFAULT 'draft'
        CHECK (status IN ('draft', 'active', 'inactive', 'archived', 'deleted')),
    ADD COLUMN IF NOT EXISTS mode                  text NOT NULL DEFAULT 'on_demand'
        CHECK (mode IN ('on_demand', 'scheduled')),
    ADD COLUMN IF NOT EXISTS schedule_cron         text,
    ADD COLUMN IF NOT EXISTS timezone              text NOT NULL DEFAULT 'UTC',
    ADD COLUMN IF NOT EXISTS schedule_enabled      boolean NOT NULL DEFAULT false,
    ADD COLUMN IF NOT EXISTS next_run              timestamptz,
    ADD COLUMN IF NOT EXISTS last_run              timestamptz,
    ADD COLUMN IF NOT EXISTS workflow_steps        jsonb,
    ADD COLUMN IF NOT EXISTS pilot_steps           jsonb,   -- takes precedence over workflow_steps
    ADD COLUMN IF NOT EXISTS input_schema          jsonb,
    ADD COLUMN IF NOT EXISTS output_schema         jsonb,
    ADD COLUMN IF NOT EXISTS plugins_required      jsonb,   -- an array of plugin names
    ADD COLUMN IF NOT EXISTS connected_plugins     jsonb,
    ADD COLUMN IF NOT EXISTS trigger_conditions    jsonb,
    ADD COLUMN IF NOT EXISTS detected_categories   jsonb,
    ADD COLUMN IF NOT EXISTS generated_plan        text,
    ADD COLUMN IF NOT EXISTS ai_reasoning          text,
    ADD COLUMN IF NOT EXISTS ai_confidence         integer,
    ADD COLUMN IF NOT EXISTS created_from_prompt   text,
    ADD COLUMN IF NOT EXISTS ai_generated_at       timestamptz,
    ADD COLUMN IF NOT EXISTS agent_config          jsonb,
    ADD COLUMN IF NOT EXISTS model_preference      text,    -- "model" or "provider:model"
    ADD COLUMN IF NOT EXISTS intensity_score       double precision NOT NULL DEFAULT 5,
    ADD COLUMN IF NOT EXISTS last_intensity_update timestamptz,
    ADD COLUMN IF NOT EXISTS created_at            timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN IF NOT EXISTS updated_at            timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN IF NOT EXISTS deleted_at            timestamptz;

CREATE INDEX IF NOT EXISTS agents_user_id_idx ON agents (user_id);

-- The newest row of an agent and user supplies a run's input values.
CREATE TABLE IF NOT EXISTS agent_configurations (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid()
);

ALTER TABLE agent_configurations
    ADD COLUMN IF NOT EXISTS agent_id     uuid,
    ADD COLUMN IF NOT EXISTS user_id      uuid,
    ADD COLUMN IF NOT EXISTS input_values jsonb,
    ADD COLUMN IF NOT EXISTS input_schema jsonb,
    ADD COLUMN IF NOT EXISTS status       text,
    ADD COLUMN IF NOT EXISTS duration_ms  integer,
    ADD COLUMN IF NOT EXISTS completed_at timestamptz,
    ADD COLUMN IF NOT EXISTS created_at   timestamptz NOT NULL DEFAULT now();

CREATE INDEX IF NOT EXISTS agent_configurations_agent_id_user_id_created_at_idx
    ON agent_configurations (agent_id, user_id, created_at DESC);

-- Operation 1: one row per finished job, id = jobs.execution_id -----------------------------------

CREATE TABLE IF NOT EXISTS agent_executions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid()
);

ALTER TABLE agent_executions
    ADD COLUMN IF NOT EXISTS agent_id              uuid,
    ADD COLUMN IF NOT EXISTS user_id               uuid,
    ADD COLUMN IF NOT EXISTS execution_type        text NOT NULL DEFAULT 'manual'
        CHECK (execution_type IN ('manual', 'scheduled')),
    ADD COLUMN IF NOT EXISTS status                text NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'running', 'completed', 'failed')),
    ADD COLUMN IF NOT EXISTS scheduled_at          timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN IF NOT EXISTS started_at            timestamptz,
    ADD COLUMN IF NOT EXISTS completed_at          timestamptz,
    ADD COLUMN IF NOT EXISTS execution_duration_ms integer,
    ADD COLUMN IF NOT EXISTS error_message         text,
    ADD COLUMN IF NOT EXISTS logs                  jsonb,
    ADD COLUMN IF NOT EXISTS result                jsonb,   -- never written here: logs are metadata
    ADD COLUMN IF NOT EXISTS progress              integer NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS retry_count           integer NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS cron_expression       text,
    ADD COLUMN IF NOT EXISTS created_at            timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN IF NOT EXISTS updated_at            timestamptz NOT NULL DEFAULT now();

CREATE INDEX IF NOT EXISTS agent_executions_agent_id_completed_at_idx
    ON agent_executions (agent_id, completed_at DESC);
-- Rows arrive in about the order of completion: a summary of page ranges serves "since" questions
-- at next to no cost per run.
CREATE INDEX IF NOT EXISTS agent_executions_completed_at_idx
    ON agent_executions USING brin (completed_at) WITH (autosummarize = on);

-- Operation 2: one row per execution --------------------------------------------------------------

CREATE TABLE IF NOT EXISTS agent_logs (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY
);

ALTER TABLE agent_logs
    ADD COLUMN IF NOT EXISTS execution_id      uuid UNIQUE,
    ADD COLUMN IF NOT EXISTS agent_id          uuid,
    ADD COLUMN IF NOT EXISTS user_id           uuid,
    ADD COLUMN IF NOT EXISTS run_output        text,    -- JSON, with the seed's order of keys
    ADD COLUMN IF NOT EXISTS full_output       jsonb,
    ADD COLUMN IF NOT EXISTS status            text,
    ADD COLUMN IF NOT EXISTS run_time          integer, -- ms
    ADD COLUMN IF NOT EXISTS user_credits_used integer,
    ADD COLUMN IF NOT EXISTS run_tokens        integer,
    ADD COLUMN IF NOT EXISTS created_at        timestamptz NOT NULL DEFAULT now();

CREATE INDEX IF NOT EXISTS agent_logs_agent_id_created_at_idx
    ON agent_logs (agent_id, created_at DESC);

-- Operation 3: counters ---------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS agent_stats (
    agent_id uuid NOT NULL,
    user_id  uuid NOT NULL,
    PRIMARY KEY (agent_id, user_id)
) WITH (fillfactor = 70);

ALTER TABLE agent_stats
    ADD COLUMN IF NOT EXISTS run_count     integer NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS success_count integer NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS last_run_at   timestamptz;

-- Operation 4: intensity --------------------------------------------------------------------------

-- No index but the key: every run changes most columns, and an index on a changed column (or a
-- partial index that mentions one) would end HOT updates. Means and scores are double precision,
-- because a rounded running mean drifts; the views below round for people.
CREATE TABLE IF NOT EXISTS agent_intensity_metrics (
    agent_id uuid PRIMARY KEY
) WITH (fillfactor = 60);

ALTER TABLE agent_intensity_metrics
    ADD COLUMN IF NOT EXISTS id      uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN IF NOT EXISTS user_id uuid,
    -- scores, 0…10
    ADD COLUMN IF NOT EXISTS creation_score                  double precision NOT NULL DEFAULT 5,
    ADD COLUMN IF NOT EXISTS execution_score                 double precision NOT NULL DEFAULT 5,
    ADD COLUMN IF NOT EXISTS combined_score                  double precision NOT NULL DEFAULT 5,
    ADD COLUMN IF NOT EXISTS intensity_score                 double precision NOT NULL DEFAULT 5,
    ADD COLUMN IF NOT EXISTS creation_workflow_score         double precision NOT NULL DEFAULT 5,
    ADD COLUMN IF NOT EXISTS creation_plugin_score           double precision NOT NULL DEFAULT 5,
    ADD COLUMN IF NOT EXISTS creation_io_score               double precision NOT NULL DEFAULT 5,
    ADD COLUMN IF NOT EXISTS creation_trigger_score          double precision NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS creation_complexity_score       double precision NOT NULL DEFAULT 5,
    ADD COLUMN IF NOT EXISTS creation_token_efficiency_score double precision NOT NULL DEFAULT 5,
    ADD COLUMN IF NOT EXISTS token_complexity_score          double precision NOT NULL DEFAULT 5,
    ADD COLUMN IF NOT EXISTS execution_complexity_score      double precision NOT NULL DEFAULT 5,
    ADD COLUMN IF NOT EXISTS plugin_complexity_score         double precision NOT NULL DEFAULT 5,
    ADD COLUMN IF NOT EXISTS workflow_complexity_score       double precision NOT NULL DEFAULT 5,
    ADD COLUMN IF NOT EXISTS memory_complexity_score         double precision NOT NULL DEFAULT 0,
    -- tokens
    ADD COLUMN IF NOT EXISTS total_tokens_used               bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS avg_tokens_per_run              double precision NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS peak_tokens_single_run          bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS input_output_ratio              double precision NOT NULL DEFAULT 1,
    ADD COLUMN IF NOT EXISTS creation_tokens_used            bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS total_creation_cost_usd         numeric NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS avg_output_tokens_per_run       double precision NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS output_token_growth_rate        double precision NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS output_token_baseline           double precision NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS output_token_alert_level        text NOT NULL DEFAULT 'none'
        CHECK (output_token_alert_level IN ('none', 'monitor', 'rescore', 'upgrade')),
    -- memory
    ADD COLUMN IF NOT EXISTS avg_memory_tokens_per_run       double precision NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS memory_token_ratio              double precision NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS memory_entry_count              bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS memory_type_diversity           integer NOT NULL DEFAULT 0,
    -- runs
    ADD COLUMN IF NOT EXISTS total_executions                bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS successful_executions           bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS failed_executions               bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS avg_execution_duration_ms       double precision NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS peak_execution_duration_ms      bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS total_iterations                bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS avg_iterations_per_run          double precision NOT NULL DEFAULT 1,
    -- plugins
    ADD COLUMN IF NOT EXISTS total_plugin_calls              bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS unique_plugins_used             integer NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS avg_plugins_per_run             double precision NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS tool_orchestration_overhead_ms  double precision NOT NULL DEFAULT 0,
    -- workflow
    ADD COLUMN IF NOT EXISTS workflow_steps_count            bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS conditional_branches_count      bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS loop_iterations_count           bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS parallel_execution_count        bigint NOT NULL DEFAULT 0,
    -- quality
    ADD COLUMN IF NOT EXISTS success_rate                    double precision NOT NULL DEFAULT 100,
    ADD COLUMN IF NOT EXISTS retry_rate                      double precision NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS error_recovery_count            bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS memory_footprint_mb             double precision NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS api_calls_per_run               double precision NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS calculation_method              text NOT NULL DEFAULT 'weighted_average',
    ADD COLUMN IF NOT EXISTS metrics_version                 integer NOT NULL DEFAULT 1,
    ADD COLUMN IF NOT EXISTS last_calculated_at              timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN IF NOT EXISTS created_at                      timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN IF NOT EXISTS updated_at                      timestamptz NOT NULL DEFAULT now();

-- Generation logs ---------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS agent_generation_logs (
    id     varchar PRIMARY KEY,
    prompt text NOT NULL
);

ALTER TABLE agent_generation_logs
    ADD COLUMN IF NOT EXISTS user_id                   varchar,
    ADD COLUMN IF NOT EXISTS existing_agent_id         varchar,
    ADD COLUMN IF NOT EXISTS is_update                 boolean NOT NULL DEFAULT false,
    ADD COLUMN IF NOT EXISTS generated_agent_schema    jsonb,
    ADD COLUMN IF NOT EXISTS identified_skills         jsonb,   -- an array of skill names
    ADD COLUMN IF NOT EXISTS openai_model              varchar,
    ADD COLUMN IF NOT EXISTS total_tokens              integer NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS input_tokens              integer NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS cached_input_tokens       integer NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS output_tokens             integer NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS input_tokens_details      jsonb,
    ADD COLUMN IF NOT EXISTS completion_tokens_details jsonb,
    ADD COLUMN IF NOT EXISTS generation_time_ms        integer,
    ADD COLUMN IF NOT EXISTS retry_count               integer NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS validation_errors         jsonb,
    ADD COLUMN IF NOT EXISTS success                   boolean NOT NULL DEFAULT false,
    ADD COLUMN IF NOT EXISTS error_message             text,
    ADD COLUMN IF NOT EXISTS job_id                    bigint,
    ADD COLUMN IF NOT EXISTS created_at                timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN IF NOT EXISTS completed_at              timestamptz;

CREATE INDEX IF NOT EXISTS agent_generation_logs_user_id_created_at_idx
    ON agent_generation_logs (user_id, created_at DESC);
-- The seed's two questions (tokens by user, performance by day) read a span of created_at and a few
-- small columns of wide rows: with those columns in the index they are answered from it alone.
CREATE INDEX IF NOT EXISTS agent_generation_logs_created_at_idx
    ON agent_generation_logs (created_at)
    INCLUDE (user_id, total_tokens, success, generation_time_ms, retry_count);

-- Token usage -------------------------------------------------------------------------------------

-- A row per LLM call. The worker inserts it before the request with status 'pending' and the
-- estimates; other applications insert it afterwards, which the defaults suit. request_payload and
-- response_metadata exist for them: nothing here writes content.
CREATE TABLE IF NOT EXISTS token_usage (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid()
);

ALTER TABLE token_usage
    ADD COLUMN IF NOT EXISTS user_id                 text,
    ADD COLUMN IF NOT EXISTS agent_id                uuid,
    ADD COLUMN IF NOT EXISTS execution_id            uuid,
    ADD COLUMN IF NOT EXISTS job_id                  bigint,
    ADD COLUMN IF NOT EXISTS attempt_id              uuid,
    ADD COLUMN IF NOT EXISTS status                  text NOT NULL DEFAULT 'settled'
        CHECK (status IN ('pending', 'settled', 'failed', 'unknown')),
    ADD COLUMN IF NOT EXISTS provider                text,
    ADD COLUMN IF NOT EXISTS model_name              text,
    ADD COLUMN IF NOT EXISTS input_tokens            integer,  -- cached ones included
    ADD COLUMN IF NOT EXISTS output_tokens           integer,  -- NULL until known
    ADD COLUMN IF NOT EXISTS cached_tokens           integer,
    ADD COLUMN IF NOT EXISTS reasoning_tokens        integer,
    ADD COLUMN IF NOT EXISTS cost_usd                numeric,  -- NULL: the model has no price
    ADD COLUMN IF NOT EXISTS estimated_input_tokens  integer,
    ADD COLUMN IF NOT EXISTS estimated_output_tokens integer,
    ADD COLUMN IF NOT EXISTS estimated_cost_usd      numeric,
    ADD COLUMN IF NOT EXISTS is_estimate             boolean NOT NULL DEFAULT false,
    ADD COLUMN IF NOT EXISTS raw_usage               jsonb,
    ADD COLUMN IF NOT EXISTS request_type            text NOT NULL DEFAULT 'chat',
    ADD COLUMN IF NOT EXISTS session_id              text,
    ADD COLUMN IF NOT EXISTS category                text NOT NULL DEFAULT 'general',
    ADD COLUMN IF NOT EXISTS call_id                 text,
    ADD COLUMN IF NOT EXISTS endpoint                text,
    ADD COLUMN IF NOT EXISTS feature                 text,
    ADD COLUMN IF NOT EXISTS component               text,
    ADD COLUMN IF NOT EXISTS workflow_step           text,
    ADD COLUMN IF NOT EXISTS latency_ms              integer,
    ADD COLUMN IF NOT EXISTS response_size_bytes     integer,
    ADD COLUMN IF NOT EXISTS success                 boolean NOT NULL DEFAULT true,
    ADD COLUMN IF NOT EXISTS error_code              text,
    ADD COLUMN IF NOT EXISTS error_message           text,
    ADD COLUMN IF NOT EXISTS request_payload         jsonb,
    ADD COLUMN IF NOT EXISTS response_metadata       jsonb,
    ADD COLUMN IF NOT EXISTS activity_type           text,
    ADD COLUMN IF NOT EXISTS activity_name           text,
    ADD COLUMN IF NOT EXISTS activity_step           text,
    ADD COLUMN IF NOT EXISTS metadata                jsonb,
    ADD COLUMN IF NOT EXISTS created_at              timestamptz NOT NULL DEFAULT now();

ALTER TABLE token_usage
    ADD COLUMN IF NOT EXISTS total_tokens bigint GENERATED ALWAYS AS (
        CASE
            WHEN input_tokens IS NULL AND output_tokens IS NULL THEN NULL
            ELSE coalesce(input_tokens, 0)::bigint + coalesce(output_tokens, 0)
        END
    ) STORED;

CREATE INDEX IF NOT EXISTS token_usage_execution_id_idx ON token_usage (execution_id);
CREATE INDEX IF NOT EXISTS token_usage_attempt_id_idx ON token_usage (attempt_id);
CREATE INDEX IF NOT EXISTS token_usage_agent_id_created_at_idx ON token_usage (agent_id, created_at);
CREATE INDEX IF NOT EXISTS token_usage_created_at_idx
    ON token_usage USING brin (created_at) WITH (autosummarize = on);
CREATE INDEX IF NOT EXISTS token_usage_pending_idx
    ON token_usage (created_at) WHERE status = 'pending';

-- The keys that ON CONFLICT relies on, for tables that existed with other keys --------------------

DO $$
DECLARE
    required record;
BEGIN
    FOR required IN
        SELECT * FROM (VALUES
            ('agent_executions', '{id}'::text[]),
            ('agent_logs', '{execution_id}'),
            ('agent_stats', '{agent_id,user_id}'),
            ('agent_intensity_metrics', '{agent_id}'),
            ('agent_generation_logs', '{id}')
        ) AS keys (table_name, columns)
    LOOP
        IF NOT EXISTS (
            SELECT FROM pg_index i
            WHERE i.indrelid = to_regclass(required.table_name)
              AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL
              AND required.columns = (
                  SELECT array_agg(a.attname::text ORDER BY a.attname)
                  FROM pg_attribute a
                  WHERE a.attrelid = i.indrelid
                    AND a.attnum = ANY ((i.indkey::smallint[])[0:i.indnkeyatts - 1]))
        ) THEN
            EXECUTE format(
                'CREATE UNIQUE INDEX ON %I (%s)', required.table_name,
                (SELECT string_agg(quote_ident(name), ', ') FROM unnest(required.columns) AS name));
        END IF;
    END LOOP;
END
$$;

-- The token baseline of an agent: running sums instead of a scan per run --------------------------

-- Equals, at every commit, the sum and count of output_tokens over the agent's token_usage rows with
-- activity_type 'agent_execution' and output_tokens known.
CREATE TABLE IF NOT EXISTS agent_token_baselines (
    agent_id    uuid PRIMARY KEY,
    output_sum  bigint NOT NULL,
    output_rows bigint NOT NULL
) WITH (fillfactor = 70);

-- One statement per event, because a transition table exists only in the events that have it.
-- Agents in key order: two statements that touch the same agents never wait for each other in a ring.
CREATE OR REPLACE FUNCTION count_token_usage() RETURNS trigger
LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE TRIGGER token_usage_inserted AFTER INSERT ON token_usage
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_token_usage();
CREATE OR REPLACE TRIGGER token_usage_updated AFTER UPDATE ON token_usage
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_token_usage();
CREATE OR REPLACE TRIGGER token_usage_deleted AFTER DELETE ON token_usage
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_token_usage();
CREATE OR REPLACE TRIGGER token_usage_truncated AFTER TRUNCATE ON token_usage
    FOR EACH STATEMENT EXECUTE FUNCTION count_token_usage();

-- Once: what was there before the triggers. They hold token_usage against writers until commit, so
-- no row is missed or counted twice.
INSERT INTO agent_token_baselines (agent_id, output_sum, output_rows)
SELECT agent_id, sum(output_tokens), count(*)
FROM token_usage
WHERE activity_type = 'agent_execution' AND output_tokens IS NOT NULL AND agent_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM agent_worker_migrations WHERE version = 1)
GROUP BY agent_id
ON CONFLICT (agent_id) DO UPDATE
SET output_sum = excluded.output_sum, output_rows = excluded.output_rows;

-- What the intensity scores are computed with -----------------------------------------------------

-- The one place of the built-in numbers: the rows below are made from them, and a row that somebody
-- deletes counts as its built-in value.
CREATE OR REPLACE FUNCTION ais_default_config() RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
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

CREATE TABLE IF NOT EXISTS ais_system_config (
    config_key text PRIMARY KEY
);

ALTER TABLE ais_system_config
    ADD COLUMN IF NOT EXISTS config_value numeric,
    ADD COLUMN IF NOT EXISTS description  text,
    ADD COLUMN IF NOT EXISTS category     text,
    ADD COLUMN IF NOT EXISTS unit         text,
    ADD COLUMN IF NOT EXISTS min_value    numeric,
    ADD COLUMN IF NOT EXISTS max_value    numeric,
    ADD COLUMN IF NOT EXISTS updated_at   timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN IF NOT EXISTS updated_by   text;

INSERT INTO ais_system_config (config_key, config_value, category, description)
SELECT key, value::numeric,
       CASE
           WHEN key LIKE '%\_weight%' THEN 'weights'
           WHEN key LIKE 'output\_token\_%' OR key LIKE 'quality\_%' THEN 'token_growth'
           WHEN key LIKE 'ais\_%' OR key LIKE 'min\_executions%' THEN 'scoring'
           ELSE 'credits'
       END,
       CASE key
           WHEN 'min_executions_for_score' THEN 'Runs before the combined score uses the execution score'
           WHEN 'ais_true_counts' THEN
               '0: iterations, steps, branches, loops, parallel steps and plugins of the agent''s definition; 1: of the run'
           WHEN 'tokens_per_log_credit' THEN 'Tokens per credit in agent_logs.user_credits_used'
           WHEN 'tokens_per_pilot_credit' THEN 'Tokens per pilot credit'
           WHEN 'ais_token_efficiency_weight' THEN 'Share of the efficiency in the token score'
       END
FROM jsonb_each_text(ais_default_config())
ON CONFLICT (config_key) DO NOTHING;

-- best_practice bounds are the built-in ones; dynamic bounds may be filled from the fleet's own
-- percentiles, and active_mode (0 best practice, 1 dynamic) chooses per row.
CREATE TABLE IF NOT EXISTS ais_normalization_ranges (
    range_key varchar(100) PRIMARY KEY
);

ALTER TABLE ais_normalization_ranges
    ADD COLUMN IF NOT EXISTS id                       uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN IF NOT EXISTS category                 varchar(50),
    ADD COLUMN IF NOT EXISTS best_practice_min        numeric(10,2) NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS best_practice_max        numeric(10,2) NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS dynamic_min              numeric(10,2) NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS dynamic_max              numeric(10,2) NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS active_mode              integer NOT NULL DEFAULT 0
        CHECK (active_mode IN (0, 1)),
    ADD COLUMN IF NOT EXISTS min_executions_threshold integer NOT NULL DEFAULT 10,
    ADD COLUMN IF NOT EXISTS description              text,
    ADD COLUMN IF NOT EXISTS created_at               timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN IF NOT EXISTS updated_at               timestamptz NOT NULL DEFAULT now();

INSERT INTO ais_normalization_ranges
    (range_key, category, best_practice_min, best_practice_max, description)
SELECT * FROM (VALUES
    ('token_volume', 'tokens', 0, 5000, 'Mean tokens per run'),
    ('token_peak', 'tokens', 0, 10000, 'Most tokens in one run'),
    ('token_io_ratio_min', 'tokens', 0.5, 0.5, 'Output/input ratio of the best efficiency (its minimum is read)'),
    ('token_io_ratio_max', 'tokens', 3, 3, 'Output/input ratio of the worst efficiency (its minimum is read)'),
    ('iterations', 'execution', 1, 10, 'Mean iterations per run'),
    ('duration_ms', 'execution', 0, 30000, 'Mean duration of a run'),
    ('failure_rate', 'execution', 0, 50, 'Failed runs, per cent'),
    ('retry_rate', 'execution', 0, 3, 'Retries per run'),
    ('plugin_count', 'plugins', 0, 10, 'Most plugins in one run'),
    ('plugins_per_run', 'plugins', 0, 8, 'Mean plugins per run'),
    ('orchestration_overhead_ms', 'plugins', 0, 5000, 'Mean time in tools per run'),
    ('workflow_steps', 'workflow', 0, 20, 'Steps'),
    ('branches', 'workflow', 0, 10, 'Conditional steps'),
    ('loops', 'workflow', 0, 50, 'Loops, accumulated'),
    ('parallel', 'workflow', 0, 5, 'Parallel steps'),
    ('creation_workflow_steps', 'creation', 0, 10, 'Steps at creation'),
    ('creation_plugins', 'creation', 0, 5, 'Plugins at creation'),
    ('creation_io_fields', 'creation', 0, 8, 'Input and output fields at creation'),
    ('memory_ratio', 'memory', 0, 0.9, 'Memory tokens per input token'),
    ('memory_diversity', 'memory', 0, 3, 'Types of memory'),
    ('memory_volume', 'memory', 0, 20, 'Memory entries')
) AS ranges (range_key, category, lo, hi, description)
ON CONFLICT (range_key) DO NOTHING;

-- A dynamic pair that spans nothing (never filled, or one value only) yields to the built-in one.
CREATE OR REPLACE VIEW ais_active_ranges AS
SELECT range_key::text,
       CASE WHEN dynamic THEN dynamic_min ELSE best_practice_min END AS min_value,
       CASE WHEN dynamic THEN dynamic_max ELSE best_practice_max END AS max_value,
       category::text, description::text
FROM ais_normalization_ranges
CROSS JOIN LATERAL (SELECT active_mode = 1 AND dynamic_max > dynamic_min AS dynamic) AS mode;

CREATE OR REPLACE FUNCTION get_active_ais_ranges()
RETURNS TABLE (
    range_key text, min_value numeric, max_value numeric, category text, description text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT r.range_key, r.min_value, r.max_value, r.category, r.description
    FROM ais_active_ranges r
$$;

-- Presentation ------------------------------------------------------------------------------------

-- What a run is multiplied by: 1 at score 0 to 2 at score 10.
CREATE OR REPLACE FUNCTION intensity_multiplier(score double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 1 + least(greatest(score, 0), 10) / 10
$$;

CREATE OR REPLACE FUNCTION intensity_range(score double precision) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN score < 3 THEN 'Low (0-3)'
        WHEN score < 6 THEN 'Medium (3-6)'
        ELSE 'High (6-10)'
    END
$$;

CREATE OR REPLACE VIEW agent_intensity_distribution AS
SELECT intensity_range(intensity_score) AS intensity_range,
       count(*) AS agent_count,
       round(avg(intensity_score)::numeric, 2) AS avg_score,
       round(avg(total_tokens_used), 2) AS avg_total_tokens,
       round(avg(success_rate)::numeric, 2) AS avg_success_rate,
       round(avg(unique_plugins_used), 2) AS avg_plugins_used
FROM agent_intensity_metrics
GROUP BY 1
ORDER BY min(intensity_score);

CREATE OR REPLACE VIEW top_complex_agents AS
SELECT m.agent_id AS id, a.agent_name, m.user_id,
       m.intensity_score::numeric(4,2) AS intensity_score,
       intensity_multiplier(m.intensity_score)::numeric(4,2) AS pricing_multiplier,
       m.total_executions, m.total_tokens_used,
       m.success_rate::numeric(5,2) AS success_rate,
       m.unique_plugins_used, m.last_calculated_at
FROM agent_intensity_metrics m
LEFT JOIN agents a ON a.id = m.agent_id
ORDER BY m.intensity_score DESC, m.total_executions DESC, m.agent_id
LIMIT 100;

-- Functions that name tables keep to this schema, whatever the caller's search_path: an application
-- that inserts into token_usage with a path of its own must not fail in our trigger.
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION count_token_usage() SET search_path TO %I, pg_temp', current_schema());
    EXECUTE format(
        'ALTER FUNCTION get_active_ais_ranges() SET search_path TO %I, pg_temp', current_schema());
END
$$;

INSERT INTO agent_worker_migrations (version, name) VALUES (1, '0001_records') ON CONFLICT DO NOTHING;
