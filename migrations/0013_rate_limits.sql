-- Limits of the providers, for the whole fleet: how many requests and tokens a minute a model takes, slices of that leased to workers, and
-- the cool-downs that follow a refusal (DESIGN 8). All times are the database's (I7).
SELECT pg_advisory_xact_lock(hashtextextended('agent-worker migrations', 0));
SET LOCAL lock_timeout = '5s';

-- What a model takes. An operator's figure counts before a learned one; model `*` is the operator's word for every model of the provider that
-- has no row of its own (each has that much, not all together).
CREATE TABLE IF NOT EXISTS provider_limits (
    provider            text NOT NULL,
    model               text NOT NULL,
    requests_per_minute double precision,
    tokens_per_minute   double precision,
    -- from the headers of answers
    learned_requests    double precision,
    learned_tokens      double precision,
    learned_at          timestamptz,
    updated_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (provider, model),
    CONSTRAINT "provider_limits must be above 0" CHECK (
        (requests_per_minute > 0 AND requests_per_minute < 'infinity') IS NOT FALSE
        AND (tokens_per_minute > 0 AND tokens_per_minute < 'infinity') IS NOT FALSE
        AND (learned_requests > 0 AND learned_requests < 'infinity') IS NOT FALSE
        AND (learned_tokens > 0 AND learned_tokens < 'infinity') IS NOT FALSE)
);

-- The bucket that slices are leased from. One row per model, written once per slice and never per call.
CREATE TABLE IF NOT EXISTS provider_allowances (
    provider    text NOT NULL,
    model       text NOT NULL,
    -- what may be used at refilled_at; below zero: so much is leased ahead
    requests    double precision NOT NULL,
    tokens      double precision NOT NULL,
    refilled_at timestamptz      NOT NULL,
    PRIMARY KEY (provider, model)
) WITH (fillfactor = 20, autovacuum_vacuum_threshold = 50, autovacuum_vacuum_scale_factor = 0);

-- The slice each worker leased last: who shares the allowance, and what is lost when a worker dies.
CREATE TABLE IF NOT EXISTS provider_slices (
    provider   text NOT NULL,
    model      text NOT NULL,
    worker_id  uuid NOT NULL,
    requests   integer     NOT NULL,
    tokens     bigint      NOT NULL,
    leased_at  timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (provider, model, worker_id)
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 50, autovacuum_vacuum_scale_factor = 0);

-- Models that are not asked for now; empty nearly always. closed until `until` -> due -> probed (probe_by, at most until probe_until) ->
-- deleted when the probe got through, closed again and for longer when it was refused. Model `*` is the whole provider.
CREATE TABLE IF NOT EXISTS provider_cooldowns (
    provider    text NOT NULL,
    model       text NOT NULL,
    kind        text NOT NULL,
    -- the provider's code and status; safe to show
    reason      text NOT NULL,
    since       timestamptz NOT NULL DEFAULT clock_timestamp(),
    until       timestamptz NOT NULL,
    -- refused probes
    strikes     integer     NOT NULL DEFAULT 0,
    probe_by    uuid,
    probe_until timestamptz,
    PRIMARY KEY (provider, model),
    CONSTRAINT "provider_cooldowns.kind must be one the gate knows" CHECK (
        kind IN ('rate_limit', 'overload', 'quota')),
    CONSTRAINT "a probe has an end" CHECK ((probe_by IS NULL) = (probe_until IS NULL))
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 50, autovacuum_vacuum_scale_factor = 0);

-- The models that workers ask for when nothing else names one, for the claim; see announce_default_models.
CREATE TABLE IF NOT EXISTS default_models (
    kind     text PRIMARY KEY,
    -- of model names that name none
    provider text NOT NULL,
    model    text NOT NULL
);

-- What counts for one model, per minute; NULL: no limit is known.
CREATE OR REPLACE FUNCTION provider_limit(provider text, model text)
RETURNS TABLE (requests double precision, tokens double precision) LANGUAGE sql STABLE AS $$
    SELECT coalesce(own.requests_per_minute, any_model.requests_per_minute, own.learned_requests),
        coalesce(own.tokens_per_minute, any_model.tokens_per_minute, own.learned_tokens)
    FROM (SELECT) AS one
    LEFT JOIN provider_limits own
        ON own.provider = provider_limit.provider AND own.model = provider_limit.model
    LEFT JOIN provider_limits any_model
        ON any_model.provider = provider_limit.provider AND any_model.model = '*'
$$;

-- Leases a worker a slice of a model's allowance: at most what it wants and its share of the next two seconds among those who asked lately;
-- whole or not at all, so that a busy fleet asks once per slice. No row: no limit is known.
--
-- The bucket refills at 98 % of the limit and holds a second's worth, so that no minute has more than the limit in it, be the provider's own
-- a token bucket or a sliding window. It may go below zero by two seconds' worth: those permits are ready later, as the worker computes from
-- level and rate. A call of more tokens than are there is let through once the bucket is full, and leaves it that much deeper below zero.
-- What a worker did not use of its last slice comes back here (a dead worker's does not); what the provider said is left, when that
-- is less, is believed: others may use the key too.
CREATE OR REPLACE FUNCTION lease_allowance(
    provider_input text, model_input text, worker uuid, wanted_requests integer, wanted_tokens bigint,
    first_tokens bigint, unused_requests double precision DEFAULT 0,
    unused_tokens double precision DEFAULT 0, left_requests double precision DEFAULT NULL,
    left_tokens double precision DEFAULT NULL
) RETURNS TABLE (
    requests integer, tokens bigint, request_level double precision, request_rate double precision,
    token_level double precision, token_rate double precision, sharers integer,
    expires_ms double precision, retry_ms double precision
) LANGUAGE plpgsql SET jit = off AS $$
#variable_conflict use_column
DECLARE
    horizon_s CONSTANT double precision := 2;
    life CONSTANT interval := interval '3 seconds';
    allowed record;
    bucket provider_allowances;
    at_time timestamptz;
    passed_s double precision;
    share integer;
BEGIN
    -- A slice is worthless after a crash, so nobody waits for the disk.
    PERFORM set_config('synchronous_commit', 'off', true);
    SELECT l.requests * 0.98 / 60 AS request_rate, l.tokens * 0.98 / 60 AS token_rate INTO allowed
    FROM provider_limit(provider_input, model_input) AS l;
    IF allowed.request_rate IS NULL AND allowed.token_rate IS NULL THEN
        RETURN;
    END IF;

    LOOP
        SELECT * INTO bucket FROM provider_allowances a
        WHERE a.provider = provider_input AND a.model = model_input FOR UPDATE;
        EXIT WHEN FOUND;
        -- An hour ago: full.
        INSERT INTO provider_allowances (provider, model, requests, tokens, refilled_at)
        VALUES (provider_input, model_input, 0, 0, clock_timestamp() - interval '1 hour')
        ON CONFLICT DO NOTHING;
    END LOOP;
    at_time := clock_timestamp();
    passed_s := greatest(0, extract(epoch FROM at_time - bucket.refilled_at));
    request_rate := allowed.request_rate;
    token_rate := allowed.token_rate;
    request_level := least(greatest(1, request_rate), left_requests,
        bucket.requests + greatest(0, unused_requests) + request_rate * passed_s);
    token_level := least(greatest(1, token_rate), left_tokens,
        bucket.tokens + greatest(0, unused_tokens) + token_rate * passed_s);

    DELETE FROM provider_slices s
    WHERE s.provider = provider_input AND s.model = model_input AND s.worker_id <> worker
        AND s.expires_at < at_time - interval '1 minute';
    SELECT count(*) + 1 INTO sharers FROM provider_slices s
    WHERE s.provider = provider_input AND s.model = model_input AND s.worker_id <> worker
        AND s.expires_at > at_time;

    share := greatest(1, ceil(coalesce(request_rate, 1e6) * horizon_s / sharers));
    requests := least(wanted_requests, share);
    tokens := least(wanted_tokens, greatest(
        first_tokens, ceil(coalesce(token_rate, 1e12) * horizon_s / sharers)::bigint));
    retry_ms := greatest(0,
        (requests - request_level) / request_rate - horizon_s,
        (least(tokens, token_rate) - token_level) / token_rate - horizon_s) * 1000;
    IF retry_ms > 0 THEN
        requests := 0;
        tokens := 0;
    END IF;

    UPDATE provider_allowances a SET
        requests = coalesce(request_level - lease_allowance.requests, a.requests),
        tokens = coalesce(token_level - lease_allowance.tokens, a.tokens), refilled_at = at_time
    WHERE a.provider = provider_input AND a.model = model_input;
    INSERT INTO provider_slices AS s (
        provider, model, worker_id, requests, tokens, leased_at, expires_at)
    VALUES (provider_input, model_input, worker, requests, tokens, at_time, at_time + life)
    ON CONFLICT (provider, model, worker_id) DO UPDATE SET
        requests = excluded.requests, tokens = excluded.tokens, leased_at = excluded.leased_at,
        expires_at = excluded.expires_at;
    expires_ms := extract(epoch FROM life) * 1000;
    RETURN NEXT;
END $$;

-- Takes down what the headers of an answer said of a model's limits, per minute; NULL: nothing new.
CREATE OR REPLACE FUNCTION learn_provider_limit(
    provider_input text, model_input text, requests double precision, tokens double precision
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO provider_limits AS l (provider, model, learned_requests, learned_tokens, learned_at)
    VALUES (provider_input, model_input, requests, tokens, clock_timestamp())
    ON CONFLICT (provider, model) DO UPDATE SET
        learned_requests = coalesce(excluded.learned_requests, l.learned_requests),
        learned_tokens = coalesce(excluded.learned_tokens, l.learned_tokens),
        learned_at = excluded.learned_at, updated_at = clock_timestamp()
    WHERE (l.learned_requests, l.learned_tokens) IS DISTINCT FROM (
        coalesce(excluded.learned_requests, l.learned_requests),
        coalesce(excluded.learned_tokens, l.learned_tokens));
    IF FOUND THEN
        PERFORM pg_notify('agent_worker_providers', provider_input);
    END IF;
END $$;

-- An operator's limit; NULL leaves that figure as it is.
CREATE OR REPLACE FUNCTION set_provider_limit(
    provider_input text, model_input text, requests double precision DEFAULT NULL,
    tokens double precision DEFAULT NULL
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO provider_limits AS l (provider, model, requests_per_minute, tokens_per_minute)
    VALUES (provider_input, model_input, requests, tokens)
    ON CONFLICT (provider, model) DO UPDATE SET
        requests_per_minute = coalesce(excluded.requests_per_minute, l.requests_per_minute),
        tokens_per_minute = coalesce(excluded.tokens_per_minute, l.tokens_per_minute),
        updated_at = clock_timestamp();
    PERFORM pg_notify('agent_worker_providers', provider_input);
END $$;

-- Forgets a model's limits, learned ones too; the next answer teaches those anew.
CREATE OR REPLACE FUNCTION remove_provider_limit(provider_input text, model_input text)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM provider_limits l WHERE l.provider = provider_input AND l.model = model_input;
    IF FOUND THEN
        PERFORM pg_notify('agent_worker_providers', provider_input);
    END IF;
    RETURN FOUND;
END $$;

-- The name under which jobs are held by a cool-down.
CREATE OR REPLACE FUNCTION cooldown_key(provider text, model text, kind text)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE kind WHEN 'quota' THEN 'quota:' || provider
        ELSE 'cooldown:' || provider || '/' || model END
$$;

-- The line that says to people why a job is held.
CREATE OR REPLACE FUNCTION cooldown_reason(cooldown provider_cooldowns)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE cooldown.kind
        WHEN 'quota' THEN format(
            '%s is stopped, its account refuses to pay (%s): mend that, then agent-worker provider resume %s',
            cooldown.provider, cooldown.reason, cooldown.provider)
        WHEN 'overload' THEN format(
            '%s/%s is overloaded (%s), cooling down', cooldown.provider, cooldown.model,
            cooldown.reason)
        ELSE format(
            '%s/%s asks to slow down (%s), cooling down', cooldown.provider, cooldown.model,
            cooldown.reason) END
$$;

-- A provider refused a call: no more of them for the wait it asked for (asked_s), else for base_s, doubled with each refused probe up to
-- cap_s. `probe` is the refused call when it was one. Calls that were on their way when the cool-down began do not lengthen it, unless
-- the provider asked them for a longer wait. A quota's stop is not softened by other refusals.
--
-- Answers what is left of it, whether it is new, and how often the job of this call was refused already.
CREATE OR REPLACE FUNCTION begin_cooldown(
    provider_input text, model_input text, kind_input text, reason_input text,
    asked_s double precision, base_s double precision, cap_s double precision,
    probe uuid DEFAULT NULL, job bigint DEFAULT NULL
) RETURNS TABLE (left_ms double precision, is_new boolean, refusals bigint, line text)
LANGUAGE plpgsql SET jit = off AS $$
#variable_conflict use_column
DECLARE
    old provider_cooldowns;
    new provider_cooldowns;
    at_time timestamptz := clock_timestamp();
BEGIN
    LOOP
        INSERT INTO provider_cooldowns (provider, model, kind, reason, until)
        VALUES (provider_input, model_input, kind_input, reason_input,
            at_time + make_interval(secs => coalesce(asked_s, base_s)))
        ON CONFLICT DO NOTHING RETURNING * INTO new;
        is_new := FOUND;
        EXIT WHEN is_new;
        SELECT * INTO old FROM provider_cooldowns c
        WHERE c.provider = provider_input AND c.model = model_input FOR UPDATE;
        -- Not found: it ended in between.
        EXIT WHEN FOUND;
    END LOOP;
    IF NOT is_new THEN
        UPDATE provider_cooldowns c SET
            strikes = c.strikes + CASE WHEN c.probe_by = probe THEN 1 ELSE 0 END,
            until = CASE WHEN c.probe_by = probe
                THEN clock_timestamp() + make_interval(secs => greatest(
                    coalesce(asked_s, 0), least(cap_s, base_s * 2 ^ least(c.strikes + 1, 30))))
                ELSE greatest(c.until, at_time + make_interval(secs => coalesce(asked_s, 0))) END,
            kind = CASE WHEN c.kind = 'quota' THEN c.kind ELSE kind_input END,
            reason = CASE WHEN c.kind = 'quota' AND kind_input <> 'quota'
                THEN c.reason ELSE reason_input END,
            probe_by = CASE WHEN c.probe_by = probe THEN NULL ELSE c.probe_by END,
            probe_until = CASE WHEN c.probe_by = probe THEN NULL ELSE c.probe_until END
        WHERE c.provider = provider_input AND c.model = model_input
        RETURNING * INTO new;
    END IF;
    IF new.until IS DISTINCT FROM old.until OR new.probe_by IS DISTINCT FROM old.probe_by THEN
        PERFORM pg_notify('agent_worker_providers', provider_input);
    END IF;
    left_ms := greatest(0, extract(epoch FROM new.until - clock_timestamp()) * 1000);
    line := cooldown_reason(new);
    SELECT count(*) INTO refusals FROM job_attempts a
    WHERE a.job_id = job AND a.outcome = 'snooze' AND a.failure_class IS NOT NULL;
    RETURN NEXT;
END $$;

-- Lets one call through a cool-down that is over: true for exactly one of those who ask, anew when that one was not heard of in probe_s.
CREATE OR REPLACE FUNCTION claim_probe(
    provider_input text, model_input text, probe uuid, probe_s double precision
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE provider_cooldowns c SET
        probe_by = probe, probe_until = clock_timestamp() + make_interval(secs => probe_s)
    WHERE c.provider = provider_input AND c.model = model_input AND c.until <= clock_timestamp()
        AND (c.probe_until IS NULL OR c.probe_until <= clock_timestamp());
    IF FOUND THEN
        PERFORM pg_notify('agent_worker_providers', provider_input);
    END IF;
    RETURN FOUND;
END $$;

-- The probe was not made after all: the next to ask may make one.
CREATE OR REPLACE FUNCTION withdraw_probe(provider_input text, model_input text, probe uuid)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE provider_cooldowns c SET probe_by = NULL, probe_until = NULL
    WHERE c.provider = provider_input AND c.model = model_input AND c.probe_by = probe;
    IF FOUND THEN
        PERFORM pg_notify('agent_worker_providers', provider_input);
    END IF;
END $$;

-- Ends cool-downs and lets the jobs go that they hold; answers how many cool-downs ended. With `probe`, only the one it got through, and the
-- allowance begins anew at nothing, so that what was held does not all go at once. Without, whatever is closed: an operator's word.
CREATE OR REPLACE FUNCTION end_cooldown(
    provider_input text, model_input text DEFAULT NULL, probe uuid DEFAULT NULL
) RETURNS bigint LANGUAGE plpgsql SET jit = off AS $$
DECLARE
    ended record;
    number bigint := 0;
BEGIN
    FOR ended IN
        DELETE FROM provider_cooldowns c
        WHERE c.provider = provider_input
            AND (model_input IS NULL OR c.model = model_input)
            AND (probe IS NULL OR c.probe_by = probe)
        RETURNING cooldown_key(c.provider, c.model, c.kind) AS key
    LOOP
        number := number + 1;
        UPDATE provider_allowances a SET requests = least(a.requests, 0),
            tokens = least(a.tokens, 0), refilled_at = clock_timestamp()
        WHERE a.provider = provider_input AND (model_input = a.model OR model_input = '*');
        -- Comes with a later migration.
        IF to_regprocedure('release_holds(text, integer)') IS NOT NULL THEN
            EXECUTE 'SELECT release_holds($1)' USING ended.key;
        END IF;
    END LOOP;
    IF number > 0 THEN
        PERFORM pg_notify('agent_worker_providers', provider_input);
    END IF;
    RETURN number;
END $$;

-- Says what workers ask for when neither payload nor agent names a model: a model name by kind, and the provider of names without one. The
-- worker that started last is heard. A NULL provider: the claim holds nothing, because workers have other models to fall back on.
CREATE OR REPLACE FUNCTION announce_default_models(provider_input text, models jsonb)
RETURNS void LANGUAGE sql AS $$
    DELETE FROM default_models d WHERE provider_input IS NULL OR NOT models ? d.kind;
    INSERT INTO default_models AS d (kind, provider, model)
    SELECT m.key, provider_input, m.value
    FROM jsonb_each_text(models) AS m WHERE provider_input IS NOT NULL
    ORDER BY m.key
    ON CONFLICT (kind) DO UPDATE SET provider = excluded.provider, model = excluded.model
    WHERE (d.provider, d.model) IS DISTINCT FROM (excluded.provider, excluded.model);
$$;

-- Whether any model is closed; each claim asks.
CREATE OR REPLACE FUNCTION cooldowns_active() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM provider_cooldowns c
        WHERE c.until > statement_timestamp() OR c.probe_until > statement_timestamp())
$$;

-- The cool-down that keeps a job from running, for the claim; no row: none does. A run may ask for other models than payload, agent and
-- worker name; the worker's gate holds it then. A cool-down that is over lets jobs through: one of them becomes its probe.
CREATE OR REPLACE FUNCTION job_cooldown(kind text, payload jsonb, agent_id uuid)
RETURNS TABLE (hold_key text, hold_reason text, hold_until timestamptz) LANGUAGE sql STABLE AS $$
    SELECT cooldown_key(c.provider, c.model, c.kind), cooldown_reason(c),
        -- spread, so that what was held together does not return together
        greatest(c.until, c.probe_until) + random() * interval '1 second'
    FROM default_models d
    LEFT JOIN agents a ON a.id = job_cooldown.agent_id
    CROSS JOIN LATERAL (
        SELECT coalesce(nullif(job_cooldown.payload ->> 'model', ''),
            nullif(a.model_preference, ''), d.model) AS name) AS asked
    JOIN provider_cooldowns c ON
        c.provider = CASE WHEN strpos(asked.name, ':') > 0
            THEN split_part(asked.name, ':', 1) ELSE d.provider END
        AND c.model IN ('*', substr(asked.name, strpos(asked.name, ':') + 1))
    WHERE d.kind = job_cooldown.kind
        AND (c.until > statement_timestamp() OR c.probe_until > statement_timestamp())
    ORDER BY greatest(c.until, c.probe_until) DESC LIMIT 1
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
                'provider_limit', 'lease_allowance', 'learn_provider_limit', 'set_provider_limit',
                'remove_provider_limit', 'begin_cooldown', 'claim_probe', 'withdraw_probe',
                'end_cooldown', 'announce_default_models', 'cooldowns_active', 'job_cooldown')
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path TO %I, pg_temp', signature, current_schema());
    END LOOP;
END $$;

INSERT INTO agent_worker_migrations (version, name) VALUES (13, '0013_rate_limits')
ON CONFLICT DO NOTHING;
