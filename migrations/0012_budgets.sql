-- Budgets: what users, agents and everybody together may spend in a day or a month, in tokens and in money. A call's most is reserved before
-- the request is sent, in the transaction that commits its intent, and replaced by the true figures after it: limits hold whatever number
-- of workers calls at once. Lock order: jobs, token_usage, budget_windows by key; what a settlement records comes after.
SELECT pg_advisory_xact_lock(hashtextextended('agent-worker migrations', 0));
SET LOCAL lock_timeout = '5s';

CREATE TABLE IF NOT EXISTS budgets (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scope        text        NOT NULL CHECK (scope IN ('global', 'user', 'agent')),
    -- the user or agent; '*': each one that has no budget of its own for this period, every one for itself
    subject      text        NOT NULL DEFAULT '*',
    period       text        NOT NULL CHECK (period IN ('day', 'month')),
    -- where the day or month turns
    time_zone    text        NOT NULL DEFAULT 'UTC',
    token_limit  bigint      CHECK (token_limit >= 0),
    usd_limit    numeric     CHECK (usd_limit >= 0),
    -- what a call of a model without a price means for usd_limit: it is not made; it counts as nothing, and is counted; it counts at the
    -- assumed prices
    unpriced     text        NOT NULL DEFAULT 'refuse' CHECK (unpriced IN ('refuse', 'zero', 'assume')),
    assumed_input_price  numeric CHECK (assumed_input_price >= 0),   -- USD per token
    assumed_output_price numeric CHECK (assumed_output_price >= 0),
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    removed_at   timestamptz,
    CONSTRAINT "a budget limits tokens or money" CHECK (
        token_limit IS NOT NULL OR usd_limit IS NOT NULL),
    CONSTRAINT "the global budget has no subject" CHECK (scope <> 'global' OR subject = '*'),
    CONSTRAINT "assumed prices are stated" CHECK (
        unpriced <> 'assume'
        OR assumed_input_price IS NOT NULL AND assumed_output_price IS NOT NULL)
);
CREATE UNIQUE INDEX IF NOT EXISTS budgets_of_whom
    ON budgets (scope, subject, period) WHERE removed_at IS NULL;

-- The sums of a day or month. Updated twice per call: half of each page is kept free for that.
CREATE TABLE IF NOT EXISTS budget_windows (
    budget_id       bigint      NOT NULL,
    -- whose: never '*' but of the global budget
    subject         text        NOT NULL,
    starts_at       timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    -- by calls under way
    reserved_tokens bigint      NOT NULL DEFAULT 0,
    reserved_usd    numeric     NOT NULL DEFAULT 0,
    -- by calls that ended; those of unknown outcome with what was reserved for them
    spent_tokens    bigint      NOT NULL DEFAULT 0,
    spent_usd       numeric     NOT NULL DEFAULT 0,
    -- among the spent: calls whose cost is not known
    unpriced_calls  bigint      NOT NULL DEFAULT 0,
    PRIMARY KEY (budget_id, subject, starts_at)
) WITH (fillfactor = 50, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX IF NOT EXISTS budget_windows_ends_at ON budget_windows (ends_at);

-- What each call is charged to each budget it falls under: the sums of the windows are the sums of these rows.
CREATE TABLE IF NOT EXISTS budget_charges (
    usage_id  uuid        NOT NULL,
    budget_id bigint      NOT NULL,
    subject   text        NOT NULL,
    starts_at timestamptz NOT NULL,
    -- reserved until the call has ended, then spent
    state     text        NOT NULL DEFAULT 'reserved' CHECK (state IN ('reserved', 'spent')),
    tokens    bigint      NOT NULL,
    usd       numeric     NOT NULL,
    is_priced boolean     NOT NULL,
    PRIMARY KEY (usage_id, budget_id)
);
CREATE INDEX IF NOT EXISTS budget_charges_window
    ON budget_charges (budget_id, subject, starts_at);

-- A user or agent as budgets name it: UUIDs in small letters, whoever wrote them.
CREATE OR REPLACE FUNCTION budget_subject(name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN name ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
            THEN lower(name)
        ELSE name
    END
$$;

-- The day or month around a moment. Its length follows the zone's clock: a day may have 23 or 25 hours.
CREATE OR REPLACE FUNCTION budget_period(period text, time_zone text, moment timestamptz)
RETURNS TABLE (starts_at timestamptz, ends_at timestamptz) LANGUAGE sql STABLE AS $$
    SELECT date_trunc(period, moment, time_zone),
        (date_trunc(period, moment AT TIME ZONE time_zone) + ('1 ' || period)::interval)
            AT TIME ZONE time_zone
$$;

-- The windows a call falls into. Of two budgets of one scope and period, the subject's own goes before that of each.
CREATE OR REPLACE FUNCTION call_budgets(user_id text, agent_id uuid, moment timestamptz)
RETURNS TABLE (
    budget_id bigint, subject text, starts_at timestamptz, ends_at timestamptz, scope text,
    period text, token_limit bigint, usd_limit numeric, unpriced text, assumed_input_price numeric,
    assumed_output_price numeric
) LANGUAGE sql STABLE AS $$
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

-- How hold reasons name a budget and write money: to the cent, and finer where there is more.
CREATE OR REPLACE FUNCTION budget_label(scope text, subject text, period text)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT concat_ws(' ', 'budget', scope, CASE WHEN scope <> 'global' THEN subject END, period)
$$;
CREATE OR REPLACE FUNCTION budget_money(usd numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT round(usd, greatest(2, least(scale(trim_scale(usd)), 8)))::text
$$;

-- The most tokens a reply may have where the request sets no limit: the model's own, as its price entry says, else 16,384.
CREATE OR REPLACE FUNCTION default_output_tokens(provider text, model text, moment timestamptz)
RETURNS bigint LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN coalesce((
        SELECT p.max_output_tokens
        FROM price_version(price_names(
            default_output_tokens.provider, default_output_tokens.model, NULL), moment) AS version
        JOIN model_prices p ON p.model = version.model AND p.valid_from = version.valid_from
            AND p.tier = 'standard' AND p.above_tokens = 0), 16384);
END $$;

-- Commits the intent of a model call: fenced by the attempt, with everything the call may cost reserved in each budget it falls under.
-- most_input is a bound of the prompt, estimated_input the likely figure. Answers
--   held false          the attempt is no longer the caller's; nothing was written
--   id                  of the usage row; charged says whether a budget was touched
--   hold_key, ...       a budget has no room: nothing was written, and the call must not be made. hold_ms is how long: until the window
--                       turns, or a few seconds when it is calls under way that take the room.
CREATE OR REPLACE FUNCTION open_call(
    job bigint, attempt uuid, execution uuid, agent uuid, user_id text, provider text, model text,
    activity_type text, activity_name text, activity_step text, estimated_input integer,
    most_input integer, max_output integer, metadata jsonb
) RETURNS TABLE (
    held boolean, id uuid, charged boolean, hold_key text, hold_reason text, hold_ms bigint
) LANGUAGE plpgsql SET jit = off AS $$
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
    -- FOR SHARE: a rescue under way is waited for. Without it the intent could be committed beside the rescue, after that closed the
    -- attempt's open calls, and stay pending for ever.
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
                -- whatever part of the reply is reasoning
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
            -- Where what is spent leaves room, calls under way take it, and will leave most of it: that is a matter of seconds.
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

-- Brings the charges of calls to what token_usage says of them now. A call that was answered is charged what it used, one that failed for
-- certain nothing, and one of unknown outcome what was reserved. Where the cost of an answer is not known although its price was, the
-- reserved money stays.
--
-- After a call it runs in a transaction of its own: the one that writes the outcome is shared by many runs, and windows locked one run
-- after the other would be locked in two orders. What a crash in between leaves reserved, close_attempts settles.
CREATE OR REPLACE FUNCTION settle_charges(calls uuid[]) RETURNS void LANGUAGE plpgsql AS $$
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

-- Writes the ledger rows of attempts that just ended, with the tokens known by then. A call still pending becomes unknown and its charges
-- spent, so that no reservation outlives its attempt; so does a claimed step that was not finished.
CREATE OR REPLACE FUNCTION close_attempts(ended job_attempts[]) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    reserved uuid[];
BEGIN
    UPDATE token_usage u SET status = 'unknown'
    WHERE u.attempt_id = ANY (ARRAY(SELECT e.attempt_id FROM unnest(ended) AS e))
        AND u.status = 'pending';
    reserved := ARRAY(
        SELECT c.usage_id FROM token_usage u
        JOIN budget_charges c ON c.usage_id = u.id AND c.state = 'reserved'
        WHERE u.attempt_id = ANY (ARRAY(SELECT e.attempt_id FROM unnest(ended) AS e)));
    IF cardinality(reserved) > 0 THEN
        PERFORM settle_charges(reserved);
    END IF;
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

-- Makes available again what a budget holds; answers how many jobs.
CREATE OR REPLACE FUNCTION release_budget_holds(budget bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
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
END $$;

-- The same for every budget that was changed or removed a moment ago: a job that was stopped just before the change is held just after it.
-- Called by maintenance.
CREATE OR REPLACE FUNCTION release_changed_budgets() RETURNS bigint LANGUAGE sql AS $$
    SELECT coalesce(sum(release_budget_holds(b.id)), 0)::bigint
    FROM budgets b WHERE b.updated_at > clock_timestamp() - interval '2 minutes'
$$;

-- The same for the budgets that refuse what has no price, after prices came.
CREATE OR REPLACE FUNCTION release_unpriced_holds() RETURNS bigint LANGUAGE sql AS $$
    SELECT coalesce(sum(release_budget_holds(b.id)), 0)::bigint
    FROM budgets b
    WHERE b.removed_at IS NULL AND b.usd_limit IS NOT NULL AND b.unpriced = 'refuse'
$$;

-- Sets a budget, or changes the one of the same scope, subject and period; answers its id. What it held is tried again at once.
CREATE OR REPLACE FUNCTION set_budget(
    scope text, period text, subject text DEFAULT '*', token_limit bigint DEFAULT NULL,
    usd_limit numeric DEFAULT NULL, time_zone text DEFAULT 'UTC', unpriced text DEFAULT 'refuse',
    assumed_input_price numeric DEFAULT NULL, assumed_output_price numeric DEFAULT NULL
) RETURNS bigint LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    budget bigint;
BEGIN
    -- An unknown zone is refused here, not at the next call of everybody.
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

-- Removes a budget; answers whether there was one. What it held is tried again at once; its sums are kept for a while.
CREATE OR REPLACE FUNCTION remove_budget(id bigint) RETURNS boolean LANGUAGE plpgsql AS $$
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

-- Every budget with its windows of now; one that nobody has touched yet has a row without a window.
CREATE OR REPLACE VIEW budget_status AS
SELECT b.id, b.scope, coalesce(w.subject, b.subject) AS subject, b.period, b.time_zone,
    span.starts_at, span.ends_at, b.token_limit, coalesce(w.spent_tokens, 0) AS spent_tokens,
    coalesce(w.reserved_tokens, 0) AS reserved_tokens,
    b.token_limit - coalesce(w.spent_tokens + w.reserved_tokens, 0) AS left_tokens,
    trim_scale(b.usd_limit) AS usd_limit, trim_scale(coalesce(w.spent_usd, 0)) AS spent_usd,
    trim_scale(coalesce(w.reserved_usd, 0)) AS reserved_usd,
    trim_scale(b.usd_limit - coalesce(w.spent_usd + w.reserved_usd, 0)) AS left_usd,
    coalesce(w.unpriced_calls, 0) AS unpriced_calls, b.unpriced, b.assumed_input_price,
    b.assumed_output_price
FROM budgets b
CROSS JOIN LATERAL budget_period(b.period, b.time_zone, clock_timestamp()) AS span
LEFT JOIN budget_windows w ON w.budget_id = b.id AND w.starts_at = span.starts_at
WHERE b.removed_at IS NULL;

-- Removes the windows that ended over five weeks ago, with their charges; answers how many rows. Called by maintenance until it answers
-- less than max_rows.
CREATE OR REPLACE FUNCTION prune_budgets(max_rows integer DEFAULT 1000)
RETURNS bigint LANGUAGE plpgsql SET jit = off AS $$
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
        -- The window gives up what its charges said, so that its sums are theirs after every step.
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

-- Functions that name tables keep to this schema, whatever the caller's search_path.
DO $$
DECLARE
    signature regprocedure;
BEGIN
    FOR signature IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = current_schema()::regnamespace
            AND p.proname IN (
                'open_call', 'settle_charges', 'close_attempts', 'release_budget_holds', 'release_changed_budgets',
                'release_unpriced_holds', 'set_budget', 'remove_budget', 'prune_budgets')
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path TO %I, pg_temp', signature, current_schema());
    END LOOP;
END $$;

INSERT INTO agent_worker_migrations (version, name) VALUES (12, '0012_budgets')
ON CONFLICT DO NOTHING;
