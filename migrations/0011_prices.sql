-- What models cost, and since when; and what a call cost, computed in one place from the price of its time (DESIGN 8). Every figure is an
-- exact decimal: it came as decimal text, it is kept as numeric, and it is never a floating-point number in between.
SELECT pg_advisory_xact_lock(hashtextextended('agent-worker migrations', 0));
SET LOCAL lock_timeout = '5s';

-- Prices in USD per token. A version of a model's prices is all rows of (model, valid_from): one for the standard tier, and one for each
-- service tier and each prompt size from which something costs another price. A version counts until the next one of its model.
CREATE TABLE IF NOT EXISTS model_prices (
    -- the key of the price list: a model's name, or provider/name
    model              text        NOT NULL,
    -- shipped prices count since ever ('-infinity'), imported ones from the day they were imported for
    valid_from         timestamptz NOT NULL,
    -- standard, priority, flex, batch, ...
    tier               text        NOT NULL DEFAULT 'standard',
    -- the row counts for calls with more input tokens than this, and then for all tokens of the call
    above_tokens       bigint      NOT NULL DEFAULT 0,
    -- NULL: the list names no such price
    input_price        numeric     CHECK (input_price >= 0),
    cached_input_price numeric     CHECK (cached_input_price >= 0),
    cache_write_price  numeric     CHECK (cache_write_price >= 0),
    -- of what is kept for an hour or longer
    cache_write_1h_price numeric   CHECK (cache_write_1h_price >= 0),
    output_price       numeric     CHECK (output_price >= 0),
    reasoning_price    numeric     CHECK (reasoning_price >= 0),
    audio_input_price  numeric     CHECK (audio_input_price >= 0),
    audio_output_price numeric     CHECK (audio_output_price >= 0),
    -- of the version; on its standard row alone
    provider           text,
    mode               text,
    max_output_tokens  bigint,
    source             text        NOT NULL DEFAULT 'imported'
        CHECK (source IN ('shipped', 'imported')),
    -- the entry as it stood in the list: what has no column here is not lost
    raw                jsonb,
    created_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (model, valid_from, tier, above_tokens)
);

-- The name that was asked for; model_name becomes the one that answered.
ALTER TABLE token_usage ADD COLUMN IF NOT EXISTS requested_model text;

-- The keys under which the price of a call may stand, the best first: the name that answered before the one that was asked for; the name
-- as it is before its family's (a fine-tuned model's base, a name without its date); behind the provider's name before alone; and last
-- without the route that a gateway puts before it.
-- PL/pgSQL here and below, for it keeps its plans: a function in SQL that cannot be inlined is planned at every call.
CREATE OR REPLACE FUNCTION price_names(provider text, model text, requested text)
RETURNS text[] LANGUAGE plpgsql IMMUTABLE AS $$
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
END $$;

-- The tier a call is priced by, from what the provider calls it: `fast` is served and billed as priority, and the names of the ordinary
-- tier are many. A tier without prices of its own is not guessed at.
CREATE OR REPLACE FUNCTION price_tier(service_tier text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN service_tier IS NULL
            OR lower(service_tier) IN ('', 'default', 'auto', 'standard', 'standard_only', 'on_demand')
            THEN 'standard'
        WHEN lower(service_tier) = 'fast' THEN 'priority'
        WHEN lower(service_tier) = 'batches' THEN 'batch'
        ELSE lower(service_tier)
    END
$$;

-- The version of the prices that counts for a call: that of the first name that has prices at that time. NULLs when none has.
CREATE OR REPLACE FUNCTION price_version(
    names text[], called_at timestamptz, OUT model text, OUT valid_from timestamptz
) LANGUAGE plpgsql STABLE AS $$
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

-- A count in a provider's usage object; 0 when it is absent or no number.
CREATE OR REPLACE FUNCTION usage_count(raw_usage jsonb, VARIADIC path text[])
RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN jsonb_typeof(raw_usage #> path) = 'number'
        THEN greatest((raw_usage #>> path)::numeric, 0) ELSE 0 END
$$;

-- What a call cost in USD; NULL when any part of it has no known price. The counts nest: cached, cache-write and audio tokens are among the
-- input tokens, the hour's among the cache writes, reasoning and audio tokens among the output tokens.
--
-- Of the prices of the call's tier, each kind of token takes that of the highest prompt size the call is above, for all its tokens. What a
-- list does not price apart is priced as what contains it: cached and cache-write tokens as input, reasoning as output. Audio is not, nor an
-- hour's cache where only the shorter one has a price: those differ by a factor, and a guess must not look like a fact.
CREATE OR REPLACE FUNCTION call_cost(
    model text, called_at timestamptz, input_tokens bigint, output_tokens bigint,
    cached_tokens bigint DEFAULT 0, cache_write_tokens bigint DEFAULT 0,
    cache_write_1h_tokens bigint DEFAULT 0, reasoning_tokens bigint DEFAULT 0,
    service_tier text DEFAULT NULL, requested_model text DEFAULT NULL, provider text DEFAULT NULL,
    raw_usage jsonb DEFAULT NULL
) RETURNS numeric LANGUAGE plpgsql STABLE AS $$
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
    -- A price of a larger size goes before that of a smaller one, which stands where the larger names none.
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
    -- One NULL makes the sum NULL, but nothing of a kind costs nothing, whatever its price.
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

-- The prices of today, a row per model as people ask for them: USD per million tokens of the standard tier.
CREATE OR REPLACE VIEW current_model_prices AS
SELECT p.model, p.provider, trim_scale(p.input_price * 1000000) AS input,
    trim_scale(p.cached_input_price * 1000000) AS cached_input,
    trim_scale(p.cache_write_price * 1000000) AS cache_write,
    trim_scale(p.output_price * 1000000) AS output, p.max_output_tokens, p.source, p.valid_from,
    (SELECT count(*) - 1 FROM model_prices other
     WHERE other.model = p.model AND other.valid_from = p.valid_from) AS other_rows
FROM model_prices p
WHERE p.tier = 'standard' AND p.above_tokens = 0 AND p.valid_from = (
    SELECT max(newest.valid_from) FROM model_prices newest
    WHERE newest.model = p.model AND newest.valid_from <= clock_timestamp());

-- Calls with known tokens and an unknown price. On a large table ask with a span: WHERE last_call > now() - interval '7 days' does not
-- spare the reading; unpriced_calls(since) does.
CREATE OR REPLACE FUNCTION unpriced_calls(since timestamptz)
RETURNS TABLE (
    provider text, model text, service_tier text, calls bigint, tokens bigint,
    first_call timestamptz, last_call timestamptz
) LANGUAGE sql STABLE AS $$
    SELECT u.provider, u.model_name, price_tier(u.service_tier), count(*), sum(u.total_tokens)::bigint,
        min(u.created_at), max(u.created_at)
    FROM token_usage u
    WHERE u.created_at >= since AND u.status IN ('settled', 'failed') AND u.cost_usd IS NULL
        AND u.total_tokens > 0
    GROUP BY 1, 2, 3
$$;
CREATE OR REPLACE VIEW unpriced_models AS SELECT * FROM unpriced_calls('-infinity');

-- The prices of one version as one value, for comparing.
CREATE OR REPLACE FUNCTION price_rates(model text, valid_from timestamptz)
RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_object_agg(p.tier || '>' || p.above_tokens, jsonb_strip_nulls(jsonb_build_object(
        'input', p.input_price, 'cached_input', p.cached_input_price,
        'cache_write', p.cache_write_price, 'cache_write_1h', p.cache_write_1h_price,
        'output', p.output_price, 'reasoning', p.reasoning_price,
        'audio_input', p.audio_input_price, 'audio_output', p.audio_output_price)))
    FROM model_prices p WHERE p.model = price_rates.model AND p.valid_from = price_rates.valid_from
$$;

-- Takes in a price list: an array of {"model","provider","mode","max_output_tokens","raw","rates":[{"tier","above_tokens","input",
-- "cached_input","cache_write","cache_write_1h","output","reasoning","audio_input","audio_output"}]}. A model whose prices are those that
-- count at valid_from gets no new version; prices imported for the same moment are replaced. The shipped list never touches a model that
-- was imported: it gives first prices since ever, and newer ones from now on. Answers new, changed, unchanged or kept for each model.
CREATE OR REPLACE FUNCTION import_model_prices(
    entries jsonb, valid_from timestamptz DEFAULT NULL, source text DEFAULT 'imported'
) RETURNS TABLE (model text, outcome text) LANGUAGE plpgsql SET jit = off AS $$
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

-- Computes the costs of stored calls again, of those after the given id and not older than since, max_rows at a time; the caller goes on
-- from `last` until that is NULL. The ledger, the executions and logs that contain such a cost, and the budgets it was charged to follow in
-- the same transaction. A known cost is never replaced by an unknown one, and one that another application wrote is left alone.
--
-- jobs are locked first, as everywhere: a settlement under way is waited for, and one that comes waits for us and sums the new costs.
CREATE OR REPLACE FUNCTION reprice_usage(
    after uuid DEFAULT NULL, max_rows integer DEFAULT 500, since timestamptz DEFAULT '-infinity',
    dry_run boolean DEFAULT false,
    OUT last uuid, OUT calls bigint, OUT changed bigint, OUT unpriced bigint,
    OUT old_cost numeric, OUT new_cost numeric
) LANGUAGE plpgsql SET jit = off AS $$
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

-- Functions that name tables keep to this schema, whatever the caller's search_path. Those that only these call need not.
DO $$
DECLARE
    signature regprocedure;
BEGIN
    FOR signature IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = current_schema()::regnamespace
            AND p.proname IN (
                'call_cost', 'unpriced_calls', 'import_model_prices', 'reprice_usage')
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path TO %I, pg_temp', signature, current_schema());
    END LOOP;
END $$;

INSERT INTO agent_worker_migrations (version, name) VALUES (11, '0011_prices')
ON CONFLICT DO NOTHING;
