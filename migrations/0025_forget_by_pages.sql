-- Forgetting a user walks the pages of `jobs` as it walks those of all other tables, so that the index of users can go (0026): an entry for
-- each version of a job, in as many places as there are users, was a sixth of what the database did for a job.
SELECT pg_advisory_xact_lock(hashtextextended('agent-worker migrations', 0));
SET LOCAL lock_timeout = '5s';

-- Removes what these pages of a table hold of a user, in this transaction. next_block is where to go on, NULL at the end. Unfinished jobs are
-- cancelled first; those that run stay, and so does a job that came to pages behind the walk meanwhile: see forget_remainder. Sums stay: of
-- runs under the nil UUID, of calls without a user. A legal hold of the user refuses; what holds of agents and jobs name is left. The caller
-- sees to it that nobody enqueues for the user any more, and walks `jobs` again until it finds nothing.
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
        -- By id: a job that was just cancelled may lie in another block now.
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

-- Functions that name tables keep to this schema, whatever the caller's search_path.
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION %s SET search_path TO %I, pg_temp',
        'forget_step(text, text, bigint, integer)'::regprocedure, current_schema());
END $$;

INSERT INTO agent_worker_migrations (version, name) VALUES (25, '0025_forget_by_pages')
ON CONFLICT DO NOTHING;
