-- Retention: finished jobs and their records are removed in short steps when their time is over, a user's on demand, and nothing that a legal
-- hold names. Sums go on to count what was removed: runs in pruned_runs, model calls in pruned_usage.
--
-- A sweep reads a table's pages in order, so many per step, with its place kept between the steps: no index has to be kept for it on tables
-- that every run writes. A record never goes before its job. Lock order as everywhere: jobs first, the tables of the four operations after.
SELECT pg_advisory_xact_lock(hashtextextended('agent-worker migrations', 0));
SET LOCAL lock_timeout = '5s';

-- Set: the job was pruned but its unique_key goes on to protect. What is left of it has no payload, output, ledger or records.
ALTER TABLE jobs ADD COLUMN IF NOT EXISTS pruned_at timestamptz;

-- How long what has ended is kept; NULL, the default: for ever.
CREATE TABLE IF NOT EXISTS retention_policies (
    subject text PRIMARY KEY,
    keep    interval,
    CONSTRAINT "retention_policies.keep must be 1 day or more" CHECK (keep >= interval '1 day')
);
INSERT INTO retention_policies (subject)
VALUES ('completed_jobs'), ('failed_jobs'), ('cancelled_jobs'), ('unique_keys'),
    ('agent_executions'), ('agent_logs'), ('agent_generation_logs'), ('token_usage')
ON CONFLICT DO NOTHING;

-- Where the sweep of a table is, and when the next begins.
CREATE TABLE IF NOT EXISTS retention_sweeps (
    table_name  text PRIMARY KEY,
    subjects    text[]      NOT NULL,
    next_block  bigint      NOT NULL DEFAULT 0,
    sweep_after timestamptz NOT NULL DEFAULT '-infinity',
    pruned      bigint      NOT NULL DEFAULT 0
);
INSERT INTO retention_sweeps (table_name, subjects)
VALUES ('jobs', '{completed_jobs,failed_jobs,cancelled_jobs,unique_keys}'),
    ('agent_executions', '{agent_executions}'), ('agent_logs', '{agent_logs}'),
    ('agent_generation_logs', '{agent_generation_logs}'), ('token_usage', '{token_usage}')
ON CONFLICT DO NOTHING;

-- Executions that were removed: agent_stats and agent_intensity_metrics go on to count them. Of a forgotten user: under the nil UUID.
CREATE TABLE IF NOT EXISTS pruned_runs (
    agent_id  uuid   NOT NULL,
    user_id   uuid   NOT NULL,
    runs      bigint NOT NULL,
    successes bigint NOT NULL,
    PRIMARY KEY (agent_id, user_id)
);

-- Model calls that were removed, summed. user_id is NULL of a forgotten user.
CREATE TABLE IF NOT EXISTS pruned_usage (
    day                date    NOT NULL,  -- UTC
    user_id            text,
    agent_id           uuid,
    provider           text,
    model_name         text,
    activity_type      text,
    calls              bigint  NOT NULL,
    failed_calls       bigint  NOT NULL,
    priced_calls       bigint  NOT NULL,  -- with a known cost
    counted_calls      bigint  NOT NULL,  -- with known output tokens
    input_tokens       bigint  NOT NULL,
    output_tokens      bigint  NOT NULL,
    cached_tokens      bigint  NOT NULL,
    cache_write_tokens bigint  NOT NULL,
    reasoning_tokens   bigint  NOT NULL,
    cost_usd           numeric,           -- NULL: no call had a known cost
    UNIQUE NULLS NOT DISTINCT (day, user_id, agent_id, provider, model_name, activity_type)
);

-- Legal holds --------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS legal_holds (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id      text,
    agent_id     uuid,
    job_id       bigint,
    -- of the job, so that its records are known without it
    execution_id uuid,
    reason       text        NOT NULL,
    placed_by    text        NOT NULL DEFAULT current_user,
    placed_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    lifted_at    timestamptz,
    CONSTRAINT "a legal hold is of one user, agent or job" CHECK (
        num_nonnulls(user_id, agent_id, job_id) = 1),
    CONSTRAINT "a legal hold needs a reason" CHECK (btrim(reason) <> '')
);

-- Users are text here and UUIDs there: the spellings of one user.
CREATE OR REPLACE FUNCTION user_spellings(user_id text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN user_id ~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'
            THEN ARRAY[lower(user_id), upper(user_id), user_id]
        ELSE ARRAY[user_id]
    END
$$;

-- Steps that remove something hold this lock shared: once a hold is placed, no step is under way that has not seen it.
CREATE OR REPLACE FUNCTION place_legal_hold() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE TRIGGER legal_holds_placed BEFORE INSERT ON legal_holds
    FOR EACH ROW EXECUTE FUNCTION place_legal_hold();

CREATE OR REPLACE FUNCTION is_on_legal_hold(
    user_id text, agent_id uuid DEFAULT NULL, execution_id uuid DEFAULT NULL
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM legal_holds h
        WHERE h.lifted_at IS NULL AND (
            h.user_id = (user_spellings(is_on_legal_hold.user_id))[1]
            OR h.agent_id = is_on_legal_hold.agent_id
            OR h.execution_id = is_on_legal_hold.execution_id))
$$;

-- Removing -----------------------------------------------------------------------------------------

-- What is left to remove of a job once it is decided that it goes: its ledger and its journal, then itself.
CREATE OR REPLACE FUNCTION remove_jobs(job_ids bigint[]) RETURNS void LANGUAGE sql AS $$
    DELETE FROM job_attempts a WHERE a.job_id = ANY (job_ids);
    DELETE FROM run_steps r WHERE r.execution_id = ANY (ARRAY(
        SELECT j.execution_id FROM jobs j WHERE j.id = ANY (job_ids)));
    DELETE FROM jobs j WHERE j.id = ANY (job_ids);
$$;

-- Removes model calls and goes on counting them, in pruned_usage and in the agents' token baselines (which the trigger on token_usage lessens
-- at the end of the statement by what is added here).
CREATE OR REPLACE FUNCTION remove_usage(ids uuid[], forget_user boolean DEFAULT false)
RETURNS void LANGUAGE sql AS $$
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

-- Removes executions and goes on counting them. Of a forgotten user the nil UUID takes over the counts, in agent_stats too.
CREATE OR REPLACE FUNCTION remove_executions(ids uuid[], forget_user boolean DEFAULT false)
RETURNS void LANGUAGE plpgsql AS $$
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

-- Moves counts of agent_stats from users to the nil UUID.
CREATE OR REPLACE FUNCTION move_runs_to_nobody(moved pruned_runs[]) RETURNS void
LANGUAGE sql AS $$
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

-- Pruning ------------------------------------------------------------------------------------------

-- Removes up to max_rows jobs of these pages whose time is over; a completed one with a unique_key leaves a row that keeps the key.
CREATE OR REPLACE FUNCTION prune_jobs(first tid, past tid, max_rows integer) RETURNS bigint
LANGUAGE plpgsql AS $$
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

-- Removes up to max_rows records of these pages whose time and whose job are over.
CREATE OR REPLACE FUNCTION prune_records(
    table_name text, first tid, past tid, max_rows integer, before timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
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

-- One step: the next pages of the table whose sweep is due longest, in this transaction. Another worker takes another table. swept: that was
-- the table's end, and its next sweep begins after again_after. No row: nothing is due.
CREATE OR REPLACE FUNCTION prune_step(
    max_rows integer DEFAULT 500, max_blocks integer DEFAULT 256,
    again_after interval DEFAULT '1 hour'
) RETURNS TABLE (table_name text, pruned bigint, swept boolean)
LANGUAGE plpgsql SET jit = off AS $$
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
    -- More may be on these pages when the step was full.
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

-- As 0007's, but for what a legal hold names.
CREATE OR REPLACE FUNCTION prune_journals(max_rows integer DEFAULT 1000)
RETURNS bigint LANGUAGE plpgsql SET jit = off AS $$
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

-- As 0009's, but for what a legal hold names.
CREATE OR REPLACE FUNCTION prune_run_memories(max_rows integer DEFAULT 1000)
RETURNS bigint LANGUAGE plpgsql SET jit = off AS $$
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

-- As 0004's, but what is left of a pruned job has nothing to copy.
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
    ELSIF old.pruned_at IS NOT NULL THEN
        RAISE EXCEPTION 'job % was pruned at %, its payload is gone', old.id, old.pruned_at
            USING ERRCODE = '22023';
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

-- What was spent, of calls that are still there and of those that are not, by day (UTC). Costs that are not known are not in cost_usd.
CREATE OR REPLACE VIEW usage_by_day AS
SELECT day, user_id, agent_id, provider, model_name, activity_type, sum(calls)::bigint AS calls,
    sum(failed_calls)::bigint AS failed_calls, sum(priced_calls)::bigint AS priced_calls,
    sum(counted_calls)::bigint AS counted_calls, sum(input_tokens)::bigint AS input_tokens,
    sum(output_tokens)::bigint AS output_tokens, sum(cached_tokens)::bigint AS cached_tokens,
    sum(reasoning_tokens)::bigint AS reasoning_tokens, sum(cost_usd) AS cost_usd
FROM (
    SELECT (u.created_at AT TIME ZONE 'UTC')::date AS day, u.user_id, u.agent_id, u.provider,
        u.model_name, u.activity_type, 1 AS calls,
        CASE WHEN u.status = 'failed' THEN 1 ELSE 0 END AS failed_calls,
        num_nonnulls(u.cost_usd) AS priced_calls, num_nonnulls(u.output_tokens) AS counted_calls,
        coalesce(u.input_tokens, 0) AS input_tokens, coalesce(u.output_tokens, 0) AS output_tokens,
        coalesce(u.cached_tokens, 0) AS cached_tokens,
        coalesce(u.reasoning_tokens, 0) AS reasoning_tokens, u.cost_usd
    FROM token_usage u
    UNION ALL
    SELECT p.day, p.user_id, p.agent_id, p.provider, p.model_name, p.activity_type, p.calls,
        p.failed_calls, p.priced_calls, p.counted_calls, p.input_tokens, p.output_tokens,
        p.cached_tokens, p.reasoning_tokens, p.cost_usd
    FROM pruned_usage p) AS spent
GROUP BY day, user_id, agent_id, provider, model_name, activity_type;

-- Forgetting a user --------------------------------------------------------------------------------

-- Where else a user is named: rows go whose column is the user and which fulfil the condition. A table that is not there is passed over, so
-- that this may name what another migration brings.
CREATE TABLE IF NOT EXISTS user_columns (
    table_name  text    PRIMARY KEY,
    column_name text    NOT NULL,
    condition   text    NOT NULL DEFAULT 'true',
    place       integer NOT NULL
);
INSERT INTO user_columns (table_name, column_name, condition, place)
VALUES ('schedules', 'user_id', 'true', 0),
    ('user_weights', 'user_id', 'true', 10),
    ('job_pauses', 'key', $$t.scope = 'user'$$, 10),
    ('concurrency_keys', 'value',
        $$t.limit_id IN (SELECT l.id FROM concurrency_limits l WHERE l.scope = 'user')$$, 10),
    ('concurrency_limits', 'key', $$t.scope = 'user'$$, 11),
    ('budget_windows', 'subject',
        $$t.budget_id IN (SELECT b.id FROM budgets b WHERE b.scope = 'user')$$, 10),
    ('budget_charges', 'subject',
        $$t.budget_id IN (SELECT b.id FROM budgets b WHERE b.scope = 'user')$$, 11),
    ('budgets', 'subject', $$t.scope = 'user'$$, 12),
    ('agent_configurations', 'user_id', 'NOT is_on_legal_hold(NULL, t.agent_id)', 20),
    ('run_memories', 'user_id', 'NOT is_on_legal_hold(NULL, t.agent_id, t.execution_id)', 20),
    ('user_memory', 'user_id', 'true', 20),
    ('agent_generation_logs', 'user_id',
        $$NOT EXISTS (SELECT FROM jobs j WHERE j.id = t.job_id)$$, 30),
    ('agent_logs', 'user_id', 'NOT is_on_legal_hold(NULL, t.agent_id, t.execution_id)', 30),
    ('agents', 'user_id', 'NOT is_on_legal_hold(NULL, t.id)', 50),
    ('legal_holds', 'user_id', 't.lifted_at IS NOT NULL', 60)
ON CONFLICT DO NOTHING;

-- The tables to go through, in this order, one forget_step after another.
CREATE OR REPLACE FUNCTION forget_targets() RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT target FROM (
        SELECT c.table_name, c.place FROM user_columns c
        UNION ALL
        VALUES ('jobs', 1), ('token_usage', 40), ('pruned_usage', 41), ('agent_executions', 42),
            ('pruned_runs', 43), ('agent_stats', 44), ('agent_intensity_metrics', 45)
    ) AS named (target, place)
    WHERE to_regclass(target) IS NOT NULL
    ORDER BY place, target
$$;

-- Removes what these pages of a table hold of a user, in this transaction. next_block is where to go on, NULL at the end. jobs has an index of
-- its users: its steps go on until nothing is left but what runs; unfinished ones are cancelled first. Sums stay: of runs under the nil UUID,
-- of calls without a user. A legal hold of the user refuses; what holds of agents and jobs name is left. The caller sees to it that
-- nobody enqueues for the user any more.
CREATE OR REPLACE FUNCTION forget_step(
    user_id text, target text, first_block bigint DEFAULT 0, max_blocks integer DEFAULT 256,
    OUT removed bigint, OUT next_block bigint
) LANGUAGE plpgsql SET jit = off AS $$
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
        next_block := NULL;
        FOR named IN
            SELECT j.id FROM jobs j
            WHERE j.user_id = ANY (spellings) AND j.finished_at IS NULL
                AND j.cancel_requested_at IS NULL
                AND NOT is_on_legal_hold(NULL, j.agent_id, j.execution_id)
            ORDER BY j.id LIMIT 500
        LOOP
            PERFORM cancel_job(named.id);
            next_block := 0;
        END LOOP;
        ids := ARRAY(
            SELECT j.id FROM jobs j
            WHERE j.user_id = ANY (spellings) AND j.finished_at IS NOT NULL
                AND NOT is_on_legal_hold(NULL, j.agent_id, j.execution_id)
            ORDER BY j.id LIMIT 500 FOR UPDATE);
        PERFORM remove_jobs(ids);
        removed := cardinality(ids);
        IF removed > 0 THEN
            next_block := 0;
        END IF;
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
        -- Counts of agents of which an execution is left, because a hold keeps it, are left too.
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
END $$;

-- What of a user's rows holds of agents and jobs keep, and what still runs: 0 and 0 after a whole round.
CREATE OR REPLACE FUNCTION forget_remainder(user_id text, OUT held_jobs bigint, OUT running_jobs bigint)
LANGUAGE sql STABLE AS $$
    SELECT count(*) FILTER (WHERE is_on_legal_hold(NULL, j.agent_id, j.execution_id)),
        count(*) FILTER (WHERE NOT is_on_legal_hold(NULL, j.agent_id, j.execution_id))
    FROM jobs j WHERE j.user_id = ANY (user_spellings(forget_remainder.user_id))
$$;

-- Functions that name tables keep to this schema, whatever the caller's search_path.
DO $$
DECLARE
    signature regprocedure;
BEGIN
    FOR signature IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = current_schema()::regnamespace
            AND p.proname IN (
                'place_legal_hold', 'is_on_legal_hold', 'remove_jobs', 'remove_usage',
                'remove_executions', 'move_runs_to_nobody', 'prune_jobs', 'prune_records',
                'prune_step', 'prune_journals', 'prune_run_memories', 'retry_job', 'forget_targets', 'forget_step',
                'forget_remainder')
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path TO %I, pg_temp', signature, current_schema());
    END LOOP;
END $$;

INSERT INTO agent_worker_migrations (version, name) VALUES (15, '0015_retention')
ON CONFLICT DO NOTHING;
