-- The fair claim: users share slots within a priority of a queue, and what may not run now (a concurrency limit, a pause, a cool-down)
-- leaves the claim path as `held` until somebody or something wakes it. Its indexes are built by 0018, outside a transaction.
SELECT pg_advisory_xact_lock(hashtextextended('agent-worker migrations', 0));
SET LOCAL lock_timeout = '5s';

-- A user's share of the slots beside others of the same queue and priority; whoever has no row has 1.
CREATE TABLE IF NOT EXISTS user_weights (
    user_id text             PRIMARY KEY,
    weight  double precision NOT NULL,
    CONSTRAINT "user_weights.weight must be 0.01 to 100" CHECK (weight BETWEEN 0.01 AND 100),
    CONSTRAINT "user_weights.user_id must be 1 to 500 characters" CHECK (
        length(user_id) BETWEEN 1 AND 500)
);

-- What may not be claimed for now.
CREATE TABLE IF NOT EXISTS job_pauses (
    scope     text        NOT NULL,
    key       text        NOT NULL,
    reason    text,
    paused_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (scope, key),
    CONSTRAINT "a pause is of a queue, kind, user or agent" CHECK (
        scope IN ('queue', 'kind', 'user', 'agent')),
    CONSTRAINT "a pause needs the name of what it is of" CHECK (length(key) BETWEEN 1 AND 500)
);

-- How many jobs may run at once, fleet-wide, that have this value in this place; key * means: of each value. Of the limits of one scope
-- (and path) the one that names the value goes before *.
CREATE TABLE IF NOT EXISTS concurrency_limits (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scope        text        NOT NULL,
    key          text        NOT NULL DEFAULT '*',
    -- of scope payload: where the value stands, outermost member first
    payload_path text[],
    max_running  integer     NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT "a limit is per queue, kind, user, agent or payload" CHECK (
        scope IN ('queue', 'kind', 'user', 'agent', 'payload')),
    CONSTRAINT "a limit per payload, and only that, needs a payload_path" CHECK (
        (scope = 'payload') = coalesce(cardinality(payload_path) > 0, false)),
    CONSTRAINT "max_running must be 1 to 1000000; pause what must not run" CHECK (
        max_running BETWEEN 1 AND 1000000),
    CONSTRAINT "a limit needs a key of 1 to 500 characters" CHECK (length(key) BETWEEN 1 AND 500),
    CONSTRAINT "there is such a limit already" UNIQUE NULLS NOT DISTINCT (scope, payload_path, key)
);

-- One row per limit and value that ever was claimed: whoever claims locks it, counts, and claims (counting alone would race under READ
-- COMMITTED). In order of the key, so that claims never wait for each other in a ring.
CREATE TABLE IF NOT EXISTS concurrency_keys (
    limit_id bigint NOT NULL,
    value    text   NOT NULL,
    PRIMARY KEY (limit_id, value)
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 50, autovacuum_vacuum_scale_factor = 0.1);

-- The attempts that a limit counts. Written by the claim alone: an attempt that ended is one whose job no longer carries its id, so that
-- settlements need not know of limits.
CREATE TABLE IF NOT EXISTS concurrency_slots (
    limit_id   bigint NOT NULL,
    value      text   NOT NULL,
    attempt_id uuid   NOT NULL,
    job_id     bigint NOT NULL,
    PRIMARY KEY (limit_id, value, attempt_id)
) WITH (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.1);

-- Holds that somebody released and whose jobs are more than one batch: maintenance goes on with them.
CREATE TABLE IF NOT EXISTS hold_releases (
    hold_key    text        PRIMARY KEY,
    released_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Limits -------------------------------------------------------------------------------------------------------------------------------

-- The limits that a job falls under, with the value that each counts.
CREATE OR REPLACE FUNCTION limits_of(
    queue text, kind text, user_id text, agent_id uuid, payload jsonb
) RETURNS TABLE (limit_id bigint, scope text, value text, max_running integer, label text)
LANGUAGE sql STABLE AS $$
    SELECT DISTINCT ON (l.scope, l.payload_path) l.id, l.scope, v.value, l.max_running,
        format('%s %s', CASE l.scope WHEN 'payload'
            THEN 'payload ' || array_to_string(l.payload_path, '.') ELSE l.scope END,
            quote_ident(left(v.value, 100)))
    FROM concurrency_limits l
    CROSS JOIN LATERAL (SELECT CASE l.scope
        WHEN 'queue' THEN limits_of.queue WHEN 'kind' THEN limits_of.kind
        WHEN 'user' THEN limits_of.user_id WHEN 'agent' THEN limits_of.agent_id::text
        ELSE limits_of.payload #>> l.payload_path END AS value) AS v
    WHERE v.value <> '' AND l.key IN ('*', v.value)
    ORDER BY l.scope, l.payload_path, l.key = '*'
$$;

-- What a job over the limit is held under. A long value goes by its hash.
CREATE OR REPLACE FUNCTION limit_hold_key(limit_id bigint, value text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT format('limit:%s:%s', limit_id, CASE WHEN length(value) > 100 THEN md5(value) ELSE value END)
$$;

-- How many attempts of a limit's value run now.
CREATE OR REPLACE FUNCTION running_under(counted bigint, of_value text) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM concurrency_slots s
    WHERE s.limit_id = counted AND s.value = of_value
        AND EXISTS (SELECT FROM jobs j WHERE j.id = s.job_id AND j.attempt_id = s.attempt_id)
$$;

-- How many jobs of a lane may be claimed by the pauses and limits of its queue and its user, an estimate; NULL when there are none. These
-- hold no jobs: the lane is passed over, however long it is.
CREATE OR REPLACE FUNCTION lane_room(queue text, user_id text) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN EXISTS (
            SELECT FROM job_pauses p
            WHERE (p.scope, p.key) IN (('queue', lane_room.queue), ('user', lane_room.user_id)))
        THEN 0 ELSE (
            SELECT min(greatest(0, l.max_running - running_under(l.limit_id, l.value)))
            FROM limits_of(lane_room.queue, NULL, lane_room.user_id, NULL, NULL) AS l
            WHERE l.scope IN ('queue', 'user')) END
$$;

-- Whether anything but its lane and its time may keep a job from being claimed. Asked by every claim: three looks into tables that are
-- empty as a rule.
CREATE OR REPLACE FUNCTION claims_are_braked() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM job_pauses) OR EXISTS (SELECT FROM concurrency_limits)
        OR cooldowns_active()
$$;

-- Counts what runs already under limits that did not know of it: called when a limit is set, and by maintenance for claims that were on
-- their way then, or of a worker of the previous version.
CREATE OR REPLACE FUNCTION count_running_jobs() RETURNS void LANGUAGE sql AS $$
    INSERT INTO concurrency_slots (limit_id, value, attempt_id, job_id)
    SELECT l.limit_id, l.value, j.attempt_id, j.id
    FROM jobs j CROSS JOIN LATERAL
        limits_of(j.queue, j.kind, j.user_id, j.agent_id, j.payload) AS l
    WHERE j.state = 'running' AND EXISTS (SELECT FROM concurrency_limits)
    ORDER BY 1, 2, 3
    ON CONFLICT DO NOTHING
$$;

-- Claim --------------------------------------------------------------------------------------------------------------------------------

-- What of the picked jobs, which the caller holds locked, may run now, in their order. Holds what a pause of its kind or agent, a cool-down
-- or a limit on its kind, agent or payload stops; leaves alone what a limit on its queue or user stops.
CREATE OR REPLACE FUNCTION brake_claim(picked bigint[]) RETURNS bigint[] LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    -- of the picked ones, by place: the limits of each as an array of {"key", "hold", "scope", "most", "label"}
    free record;
    brake record;
    rooms jsonb;
    allowed bigint[] := '{}';
    over bigint[] := '{}';
    over_keys text[] := '{}';
    over_reasons text[] := '{}';
BEGIN
    WITH stopped AS MATERIALIZED (
        SELECT j.id, why.hold_key, why.hold_reason, why.hold_until
        FROM jobs j
        CROSS JOIN LATERAL (
            SELECT format('pause:%s:%s', p.scope, p.key) AS hold_key,
                format('%s %s is paused%s', p.scope, quote_ident(p.key), ': ' || p.reason)
                    AS hold_reason,
                NULL::timestamptz AS hold_until
            FROM job_pauses p
            WHERE (p.scope, p.key) IN (('kind', j.kind), ('agent', j.agent_id::text))
            UNION ALL
            SELECT c.hold_key, c.hold_reason, c.hold_until
            FROM job_cooldown(j.kind, j.payload, j.agent_id) AS c
            LIMIT 1) AS why
        WHERE j.id = ANY (picked)
    ), held AS (
        UPDATE jobs j SET state = 'held', hold_key = s.hold_key, hold_reason = s.hold_reason,
            hold_until = s.hold_until
        FROM stopped s
        WHERE j.id = s.id AND j.id = ANY (ARRAY(SELECT stopped.id FROM stopped))
        RETURNING j.id
    )
    SELECT coalesce(array_agg(p.id ORDER BY p.place) FILTER (WHERE h.id IS NULL), '{}')
    INTO picked
    FROM unnest(picked) WITH ORDINALITY AS p (id, place) LEFT JOIN held h ON h.id = p.id;
    IF picked = '{}' OR NOT EXISTS (SELECT FROM concurrency_limits) THEN
        RETURN picked;
    END IF;

    -- Two passes in the same order: who makes a key holds it like who locks it.
    INSERT INTO concurrency_keys AS k (limit_id, value)
    SELECT DISTINCT l.limit_id, l.value
    FROM jobs j CROSS JOIN LATERAL
        limits_of(j.queue, j.kind, j.user_id, j.agent_id, j.payload) AS l
    WHERE j.id = ANY (picked)
    ORDER BY 1, 2
    ON CONFLICT DO NOTHING;
    PERFORM FROM concurrency_keys k
    WHERE (k.limit_id, k.value) IN (
        SELECT l.limit_id, l.value
        FROM jobs j CROSS JOIN LATERAL
            limits_of(j.queue, j.kind, j.user_id, j.agent_id, j.payload) AS l
        WHERE j.id = ANY (picked))
    ORDER BY k.limit_id, k.value
    FOR UPDATE;

    -- Statements of their own after the locks, so that they see what the last holder committed.
    DELETE FROM concurrency_slots s
    USING (
        SELECT DISTINCT l.limit_id, l.value
        FROM jobs j CROSS JOIN LATERAL
            limits_of(j.queue, j.kind, j.user_id, j.agent_id, j.payload) AS l
        WHERE j.id = ANY (picked)) AS k
    WHERE s.limit_id = k.limit_id AND s.value = k.value
        AND NOT EXISTS (
            SELECT FROM jobs j WHERE j.id = s.job_id AND j.attempt_id = s.attempt_id);
    SELECT coalesce(jsonb_object_agg(k.key, k.most - k.running), '{}') INTO rooms FROM (
        SELECT DISTINCT limit_hold_key(l.limit_id, l.value) AS key, l.max_running AS most,
            running_under(l.limit_id, l.value) AS running
        FROM jobs j CROSS JOIN LATERAL
            limits_of(j.queue, j.kind, j.user_id, j.agent_id, j.payload) AS l
        WHERE j.id = ANY (picked)) AS k;

    FOR free IN
        SELECT p.id, coalesce(jsonb_agg(jsonb_build_object(
                'key', limit_hold_key(l.limit_id, l.value), 'scope', l.scope,
                'most', l.max_running, 'label', l.label)) FILTER (WHERE l.scope IS NOT NULL), '[]')
                AS limits
        FROM unnest(picked) WITH ORDINALITY AS p (id, place)
        JOIN jobs j ON j.id = p.id AND j.id = ANY (picked)
        LEFT JOIN LATERAL
            limits_of(j.queue, j.kind, j.user_id, j.agent_id, j.payload) AS l ON true
        GROUP BY p.id, p.place
        ORDER BY p.place
    LOOP
        SELECT l.key, l.scope, l.most, l.label INTO brake
        FROM jsonb_to_recordset(free.limits) AS l(key text, scope text, most integer, label text)
        WHERE coalesce((rooms ->> l.key)::integer, 0) <= 0
        ORDER BY l.scope IN ('queue', 'user') DESC, l.key
        LIMIT 1;
        IF brake.key IS NULL THEN
            allowed := allowed || free.id;
            rooms := rooms || (
                SELECT coalesce(jsonb_object_agg(l.key, (rooms ->> l.key)::integer - 1), '{}')
                FROM jsonb_to_recordset(free.limits) AS l(key text));
        ELSIF brake.scope NOT IN ('queue', 'user') THEN
            over := over || free.id;
            over_keys := over_keys || brake.key;
            over_reasons := over_reasons
                || format('limit of %s: %s of %s running', brake.label, brake.most, brake.most);
        END IF;
    END LOOP;
    UPDATE jobs j SET state = 'held', hold_key = o.key, hold_reason = o.reason, hold_until = NULL
    FROM unnest(over, over_keys, over_reasons) AS o (id, key, reason)
    WHERE j.id = o.id AND j.id = ANY (over);
    RETURN allowed;
END $$;

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
) LANGUAGE plpgsql AS $$
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
        state = 'running', attempt = j.attempt + 1, attempt_id = gen_random_uuid(),
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

-- Lanes with a job that is due, of one queue, after the named one: a walk from lane to lane over the claim's index, at most max_lanes
-- steps. done: the walk came to the end, so that the next one begins anew. A step costs about four buffers, however long a lane is.
CREATE OR REPLACE FUNCTION find_lanes(
    queue text, after_priority integer DEFAULT -1, after_user text DEFAULT '',
    max_lanes integer DEFAULT 128
) RETURNS TABLE (priority smallint, user_key text, due boolean) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE lane AS (
        (SELECT j.priority, coalesce(j.user_id, '') AS user_key, j.run_at, 1 AS step
        FROM jobs j
        WHERE j.state = 'available' AND j.queue = find_lanes.queue
            AND (j.priority, coalesce(j.user_id, '')) > (after_priority::smallint, after_user)
        ORDER BY j.priority, coalesce(j.user_id, ''), j.run_at, j.id LIMIT 1)
        UNION ALL
        SELECT following.priority, following.user_key, following.run_at, lane.step + 1
        FROM lane
        CROSS JOIN LATERAL (
            SELECT j.priority, coalesce(j.user_id, '') AS user_key, j.run_at
            FROM jobs j
            WHERE j.state = 'available' AND j.queue = find_lanes.queue
                AND (j.priority, coalesce(j.user_id, '')) > (lane.priority, lane.user_key)
            ORDER BY j.priority, coalesce(j.user_id, ''), j.run_at, j.id LIMIT 1) AS following
        WHERE lane.step < max_lanes)
    SELECT lane.priority, lane.user_key, lane.run_at <= now() FROM lane
$$;

-- When the next job of these queues and kinds falls due, and the next hold ends, in ms from now; NULL when nothing is planned.
CREATE OR REPLACE FUNCTION next_due_ms(queues text[], kinds text[]) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN planned.at < clock_timestamp() THEN 0
        ELSE (extract(epoch FROM planned.at - clock_timestamp()) * 1000)::bigint END
    FROM (SELECT least((
            SELECT min(soonest.run_at)
            FROM unnest(queues) AS served (queue)
            CROSS JOIN LATERAL (
                SELECT j.run_at FROM jobs j
                WHERE j.state = 'available' AND j.queue = served.queue AND j.kind = ANY (kinds)
                ORDER BY j.run_at LIMIT 1) AS soonest), (
            SELECT j.hold_until FROM jobs j
            WHERE j.state = 'held' AND j.hold_until IS NOT NULL
            ORDER BY j.hold_until LIMIT 1)) AS at) AS planned
$$;

-- Waking -------------------------------------------------------------------------------------------------------------------------------

-- Wakes up to max_jobs of those held under the key: of the lowest priority number first, then one of each user in turn, beginning after
-- after_user, so that nobody's many hold up another's few.
CREATE OR REPLACE FUNCTION wake_in_turn(key text, max_jobs bigint, after_user text DEFAULT '')
RETURNS bigint LANGUAGE plpgsql SET jit = off AS $$
#variable_conflict use_column
DECLARE
    woken bigint := 0;
    level smallint;
    chosen record;
BEGIN
    WHILE woken < max_jobs LOOP
        SELECT j.priority INTO level FROM jobs j
        WHERE j.state = 'held' AND j.hold_key COLLATE "C" = key ORDER BY j.priority LIMIT 1;
        EXIT WHEN NOT FOUND;
        SELECT j.id, coalesce(j.user_id, '') AS user_key INTO chosen FROM jobs j
        WHERE j.state = 'held' AND j.hold_key COLLATE "C" = key AND j.priority = level
            AND coalesce(j.user_id, '') > after_user
        ORDER BY coalesce(j.user_id, ''), j.run_at, j.id LIMIT 1
        FOR UPDATE SKIP LOCKED;
        IF NOT FOUND THEN
            SELECT j.id, coalesce(j.user_id, '') AS user_key INTO chosen FROM jobs j
            WHERE j.state = 'held' AND j.hold_key COLLATE "C" = key AND j.priority = level
            ORDER BY coalesce(j.user_id, ''), j.run_at, j.id LIMIT 1
            FOR UPDATE SKIP LOCKED;
            EXIT WHEN NOT FOUND;
        END IF;
        UPDATE jobs j SET state = 'available', hold_key = NULL, hold_reason = NULL, hold_until = NULL
        WHERE j.id = chosen.id;
        after_user := chosen.user_key;
        woken := woken + 1;
    END LOOP;
    RETURN woken;
END $$;

-- Wakes what limits held and have room for now that these jobs no longer run. Without a lock: the claim that follows counts exactly.
CREATE OR REPLACE FUNCTION wake_freed_jobs(freed bigint[]) RETURNS bigint LANGUAGE sql AS $$
    SELECT coalesce(sum(wake_in_turn(
        limit_hold_key(k.limit_id, k.value),
        least(100, k.max_running - running_under(k.limit_id, k.value)), k.user_key)), 0)::bigint
    FROM (
        SELECT DISTINCT ON (l.limit_id, l.value)
            l.limit_id, l.value, l.max_running, coalesce(j.user_id, '') AS user_key
        FROM jobs j CROSS JOIN LATERAL
            limits_of(j.queue, j.kind, j.user_id, j.agent_id, j.payload) AS l
        WHERE j.id = ANY (freed) AND l.scope NOT IN ('queue', 'user')
        ORDER BY l.limit_id, l.value, j.claimed_at DESC) AS k
$$;

-- Wakes up to max_jobs jobs whose hold is over by its time, or was released (release_holds); answers how many.
CREATE OR REPLACE FUNCTION wake_held_jobs(max_jobs integer DEFAULT 100)
RETURNS bigint LANGUAGE plpgsql SET jit = off AS $$
#variable_conflict use_column
DECLARE
    release hold_releases;
    woken bigint;
    batch bigint;
BEGIN
    WITH due AS MATERIALIZED (
        SELECT j.id FROM jobs j
        WHERE j.state = 'held' AND j.hold_until <= clock_timestamp()
        ORDER BY j.hold_until LIMIT max_jobs
        FOR UPDATE SKIP LOCKED
    )
    UPDATE jobs j SET state = 'available', hold_key = NULL, hold_reason = NULL, hold_until = NULL
    WHERE j.id = ANY (ARRAY(SELECT due.id FROM due));
    GET DIAGNOSTICS woken = ROW_COUNT;
    WHILE woken < max_jobs LOOP
        SELECT r.* INTO release FROM hold_releases r
        ORDER BY r.released_at LIMIT 1 FOR UPDATE SKIP LOCKED;
        EXIT WHEN NOT FOUND;
        batch := wake_under(release.hold_key, max_jobs - woken);
        woken := woken + batch;
        IF woken < max_jobs THEN
            DELETE FROM hold_releases r WHERE r.hold_key = release.hold_key;
        END IF;
    END LOOP;
    IF woken > 0 THEN
        PERFORM pg_notify('agent_worker_jobs', 'woken');
    END IF;
    RETURN woken;
END $$;

-- Wakes up to max_jobs jobs held under the key, or, when it ends in : or /, under any that begins with it.
CREATE OR REPLACE FUNCTION wake_under(key text, max_jobs bigint) RETURNS bigint
LANGUAGE plpgsql SET jit = off AS $$
#variable_conflict use_column
DECLARE
    woken bigint;
BEGIN
    WITH due AS MATERIALIZED (
        SELECT j.id FROM jobs j
        WHERE j.state = 'held' AND j.hold_key COLLATE "C" >= key
            -- U+10FFFF sorts after whatever may follow
            AND j.hold_key COLLATE "C" <= CASE WHEN key ~ '[:/]$' THEN key || chr(1114111) ELSE key END
        ORDER BY j.hold_key COLLATE "C", j.priority, coalesce(j.user_id, ''), j.run_at, j.id
        LIMIT max_jobs
        FOR UPDATE SKIP LOCKED
    )
    UPDATE jobs j SET state = 'available', hold_key = NULL, hold_reason = NULL, hold_until = NULL
    WHERE j.id = ANY (ARRAY(SELECT due.id FROM due));
    GET DIAGNOSTICS woken = ROW_COUNT;
    RETURN woken;
END $$;

-- Lifts up to max_jobs holds: those of this key or, when it ends in : or /, of every key that begins with it. For a probe, say.
CREATE OR REPLACE FUNCTION release_holds(hold_key text, max_jobs integer)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    woken bigint := wake_under(release_holds.hold_key, max_jobs);
BEGIN
    PERFORM pg_notify('agent_worker_jobs', 'woken');
    RETURN woken;
END $$;

-- Lifts all holds of this key or, when it ends in : or /, of every key that begins with it (`cooldown:openai/`, `limit:7:`). A thousand
-- are woken at once; when there are more, workers go on with them within seconds. Lift the cause first: the claim asks again. Answers how
-- many were woken at once.
CREATE OR REPLACE FUNCTION release_holds(hold_key text) RETURNS bigint LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    woken bigint := wake_under(release_holds.hold_key, 1000);
BEGIN
    IF woken = 1000 THEN
        INSERT INTO hold_releases AS r (hold_key) VALUES (release_holds.hold_key)
        ON CONFLICT (hold_key) DO UPDATE SET released_at = clock_timestamp();
    END IF;
    -- Also without a job to wake: a lane that was passed over is looked at again.
    PERFORM pg_notify('agent_worker_jobs', 'woken');
    RETURN woken;
END $$;

-- Looks at up to max_keys hold keys after the given one, and wakes what nothing holds any more: a pause that was lifted while a claim was
-- holding jobs for it, a limit that was removed or has room though nobody who settled under it came back. Answers the last key looked at;
-- NULL at the end.
CREATE OR REPLACE FUNCTION repair_holds(after_key text DEFAULT '', max_keys integer DEFAULT 100)
RETURNS text LANGUAGE plpgsql SET jit = off AS $$
#variable_conflict use_column
DECLARE
    key text;
    word text[];
    lim concurrency_limits;
    woken bigint := 0;
    sample jobs;
BEGIN
    FOR step IN 1..max_keys LOOP
        SELECT j.hold_key INTO key FROM jobs j
        WHERE j.state = 'held' AND j.hold_key COLLATE "C" > after_key
        ORDER BY j.hold_key COLLATE "C" LIMIT 1;
        EXIT WHEN NOT FOUND;
        after_key := key;
        word := regexp_match(key, '^(pause):(\w+):(.*)$|^(limit):(\d+):');
        IF word[1] = 'pause' AND NOT EXISTS (
            SELECT FROM job_pauses p WHERE p.scope = word[2] AND p.key = word[3]) THEN
            woken := woken + wake_under(key, 1000);
        ELSIF word[4] = 'limit' THEN
            SELECT l.* INTO lim FROM concurrency_limits l WHERE l.id = word[5]::bigint;
            IF lim.id IS NULL THEN
                woken := woken + wake_under(key, 1000);
                CONTINUE;
            END IF;
            SELECT j.* INTO sample FROM jobs j
            WHERE j.state = 'held' AND j.hold_key COLLATE "C" = key LIMIT 1;
            woken := woken + coalesce((
                SELECT wake_in_turn(key,
                    least(100, l.max_running - running_under(l.limit_id, l.value)))
                FROM limits_of(sample.queue, sample.kind, sample.user_id, sample.agent_id,
                    sample.payload) AS l
                WHERE l.limit_id = lim.id),
                -- another limit counts these jobs now
                wake_under(key, 1000));
        END IF;
    END LOOP;
    IF woken > 0 THEN
        PERFORM pg_notify('agent_worker_jobs', 'woken');
    END IF;
    RETURN key;
END $$;

-- Steering -----------------------------------------------------------------------------------------------------------------------------

-- Keeps jobs of a queue, kind, user or agent from being claimed until resume_jobs; those that run go on.
CREATE OR REPLACE FUNCTION pause_jobs(scope text, key text, reason text DEFAULT NULL)
RETURNS text LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO job_pauses AS p (scope, key, reason)
    VALUES (pause_jobs.scope, pause_jobs.key, nullif(btrim(pause_jobs.reason), ''))
    ON CONFLICT (scope, key) DO UPDATE SET reason = coalesce(excluded.reason, p.reason);
    RETURN 'paused';
END $$;

-- Ends a pause and wakes what it held, a first batch at once. Answers resumed, or not paused.
CREATE OR REPLACE FUNCTION resume_jobs(scope text, key text) RETURNS text LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    DELETE FROM job_pauses p WHERE p.scope = resume_jobs.scope AND p.key = resume_jobs.key;
    IF NOT FOUND THEN
        RETURN 'not paused';
    END IF;
    PERFORM release_holds(format('pause:%s:%s', resume_jobs.scope, resume_jobs.key));
    RETURN 'resumed';
END $$;

-- Sets how many jobs may run at once that have this value in this place; NULL removes the limit. scope is queue, kind, user, agent, or
-- payload with a dotted path (`customer.id`); key * means each value. It holds for the next claim; what runs goes on.
CREATE OR REPLACE FUNCTION set_concurrency_limit(
    scope text, max_running integer, key text DEFAULT '*', payload_path text DEFAULT NULL
) RETURNS text LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    path text[] := string_to_array(set_concurrency_limit.payload_path, '.');
    gone bigint;
BEGIN
    IF set_concurrency_limit.max_running IS NOT NULL THEN
        INSERT INTO concurrency_limits (scope, key, payload_path, max_running)
        VALUES (set_concurrency_limit.scope, set_concurrency_limit.key, path,
            set_concurrency_limit.max_running)
        ON CONFLICT (scope, payload_path, key) DO UPDATE SET max_running = excluded.max_running;
        PERFORM count_running_jobs();
    ELSE
        DELETE FROM concurrency_limits l
        WHERE l.scope = set_concurrency_limit.scope AND l.key = set_concurrency_limit.key
            AND l.payload_path IS NOT DISTINCT FROM path
        RETURNING l.id INTO gone;
        IF gone IS NULL THEN
            RETURN 'no such limit';
        END IF;
        DELETE FROM concurrency_slots s WHERE s.limit_id = gone;
    END IF;
    -- Whatever limits of this scope held is asked anew: a higher one has room, and another may count it now.
    PERFORM release_holds(format('limit:%s:', l.id)) FROM (
        SELECT l.id FROM concurrency_limits l
        WHERE l.scope = set_concurrency_limit.scope AND l.payload_path IS NOT DISTINCT FROM path
        UNION SELECT gone) AS l
    WHERE l.id IS NOT NULL;
    RETURN CASE WHEN gone IS NULL THEN 'limited' ELSE 'removed' END;
END $$;

-- Sets a user's share of the slots beside other users of the same queue and priority; 1 removes the row.
CREATE OR REPLACE FUNCTION set_user_weight(user_id text, weight double precision) RETURNS text
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    IF set_user_weight.weight = 1 THEN
        DELETE FROM user_weights w WHERE w.user_id = set_user_weight.user_id;
    ELSE
        INSERT INTO user_weights (user_id, weight)
        VALUES (set_user_weight.user_id, set_user_weight.weight)
        ON CONFLICT (user_id) DO UPDATE SET weight = excluded.weight;
    END IF;
    RETURN 'set';
END $$;

-- Everything that may keep jobs from running or give some more than others, a row each.
CREATE OR REPLACE VIEW job_brakes AS
SELECT 'pause' AS brake, p.scope, p.key, NULL::bigint AS running, NULL::double precision AS value,
    p.reason AS detail
FROM job_pauses p
UNION ALL
SELECT 'limit', concat_ws(':', l.scope, array_to_string(l.payload_path, '.')), l.key,
    CASE WHEN l.key <> '*' THEN running_under(l.id, l.key) END, l.max_running,
    CASE WHEN l.key = '*' THEN 'each' END
FROM concurrency_limits l
UNION ALL
SELECT 'weight', 'user', w.user_id, NULL, w.weight, NULL FROM user_weights w;

-- One round of what some worker of the fleet must do now and then, in one call; every part is safe to run at the same time elsewhere, and
-- one that fails does not keep the others. A row per rescued job (rescue_jobs), then one per other part: `resumed` and `woken` with how
-- many, `looked` with the hold key to go on after, `braked` when limits or pauses exist, `failed` with the error.
CREATE OR REPLACE FUNCTION maintain_queue(
    rescuer uuid, held uuid[], max_jobs integer DEFAULT 100, after_key text DEFAULT ''
) RETURNS TABLE (
    event text, jobs bigint, job_id bigint, attempt_id uuid, worker_id uuid, state text, error text
) LANGUAGE plpgsql SET jit = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT 'rescued', 1::bigint, r.job_id, r.attempt_id, r.worker_id, r.state, r.error
    FROM rescue_jobs(max_jobs, rescuer, held) AS r;
    job_id := NULL; attempt_id := NULL; worker_id := NULL; state := NULL; error := NULL;
    BEGIN
        event := 'resumed';
        jobs := (SELECT count(*) FROM wake_waiting_jobs(max_jobs));
        RETURN NEXT;
        PERFORM release_changed_budgets();
        event := 'woken';
        jobs := wake_held_jobs(max_jobs);
        RETURN NEXT;
        event := 'looked';
        jobs := 0;
        error := repair_holds(after_key);
        RETURN NEXT;
        error := NULL;
        IF claims_are_braked() THEN
            PERFORM count_running_jobs();
            event := 'braked';
            RETURN NEXT;
        END IF;
    EXCEPTION WHEN OTHERS THEN
        event := 'failed';
        error := format('%s [%s]', SQLERRM, SQLSTATE);
        RETURN NEXT;
    END;
END $$;

-- Forgets keys and slots that no running job stands behind.
CREATE OR REPLACE FUNCTION prune_concurrency() RETURNS void LANGUAGE sql AS $$
    DELETE FROM concurrency_slots s
    WHERE NOT EXISTS (SELECT FROM concurrency_limits l WHERE l.id = s.limit_id)
        OR NOT EXISTS (SELECT FROM jobs j WHERE j.id = s.job_id AND j.attempt_id = s.attempt_id);
    DELETE FROM concurrency_keys k
    WHERE (k.limit_id, k.value) IN (
        SELECT f.limit_id, f.value FROM concurrency_keys f
        WHERE NOT EXISTS (
            SELECT FROM concurrency_slots s WHERE s.limit_id = f.limit_id AND s.value = f.value)
        ORDER BY f.limit_id, f.value LIMIT 1000
        FOR UPDATE SKIP LOCKED);
$$;

-- Why a job does not run --------------------------------------------------------------------------------------------------------------

-- What people must answer before the job goes on, a part per event, with who may and how many have.
CREATE OR REPLACE FUNCTION why_waiting(job jobs) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT format('waiting for %s until %s', coalesce(string_agg(
            concat_ws(' ', r.request ->> 'kind', quote_literal(r.step_key),
                '(' || nullif(r.request ->> 'title', '') || ')',
                'of ' || nullif((
                    SELECT string_agg(name, ', ') FROM jsonb_array_elements_text(
                        CASE jsonb_typeof(r.request -> 'approvers')
                            WHEN 'array' THEN r.request -> 'approvers' ELSE '[]' END) AS name), ''),
                CASE WHEN json_array_length(r.output -> 'responses') > 0
                    THEN format('(%s answered: %s)', json_array_length(r.output -> 'responses'), (
                        SELECT string_agg(response ->> 'approver', ', ')
                        FROM json_array_elements(r.output -> 'responses') AS response)) END),
            ', ' ORDER BY r.started_at, r.step_key), 'an external event'),
        coalesce(job.wait_until::text, 'it comes'))
    FROM run_steps r
    WHERE r.execution_id = job.execution_id AND r.kind = 'event' AND r.status = 'waiting'
$$;

CREATE OR REPLACE FUNCTION why_running(job jobs) RETURNS text LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    holder workers;
BEGIN
    SELECT w.* INTO holder FROM workers w WHERE w.id = job.worker_id;
    IF holder.id IS NULL THEN
        RETURN format('running on worker %s, which is gone: the next rescue takes it back',
            job.worker_id);
    ELSIF holder.heartbeat_at + make_interval(secs => holder.lease_s) < clock_timestamp() THEN
        RETURN format(
            'running on worker %s (%s, pid %s), which stopped beating at %s: the next rescue takes it back',
            holder.id, holder.host, holder.pid, holder.heartbeat_at);
    END IF;
    RETURN format('running since %s on worker %s (%s, pid %s), attempt %s of %s%s',
        job.claimed_at, holder.id, holder.host, holder.pid, job.attempt, job.max_attempts,
        CASE WHEN job.cancel_requested_at IS NOT NULL THEN ', cancel requested' ELSE '' END);
END $$;

CREATE OR REPLACE FUNCTION why_held(job jobs) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN job.hold_key LIKE 'pause:%' THEN format('held until it is resumed: %s', job.hold_reason)
        WHEN job.hold_key LIKE 'limit:%' THEN format('held until a slot is free: limit of %s',
            coalesce((
                SELECT format('%s: %s of %s running', l.label,
                    running_under(l.limit_id, l.value), l.max_running)
                FROM limits_of(job.queue, job.kind, job.user_id, job.agent_id, job.payload) AS l
                WHERE limit_hold_key(l.limit_id, l.value) = job.hold_key),
                job.hold_reason || '; it was changed, the next maintenance wakes the job'))
        ELSE format('held until %s: %s', coalesce(job.hold_until::text, 'released'),
            job.hold_reason || coalesce(' (' || job.hold_key || ')', ''))
    END
$$;

-- Of an available job: the first thing that keeps it from being claimed; its place in its lane when nothing does.
CREATE OR REPLACE FUNCTION why_available(job jobs, locker xid) RETURNS text
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    line text;
    queue_served boolean;
    served boolean;
    slots bigint;
    busy bigint;
    ahead bigint;
BEGIN
    IF job.run_at > clock_timestamp() THEN
        RETURN format('not due until %s%s', job.run_at,
            CASE WHEN job.last_error IS NOT NULL
                THEN format(' (attempt %s of %s ended with: %s)', job.attempt, job.max_attempts,
                    job.last_error) END);
    END IF;
    SELECT format('%s %s is paused since %s%s', p.scope, quote_ident(p.key), p.paused_at,
        ': ' || p.reason) INTO line
    FROM job_pauses p
    WHERE (p.scope, p.key) IN (('queue', job.queue), ('kind', job.kind), ('user', job.user_id),
        ('agent', job.agent_id::text))
    ORDER BY p.paused_at LIMIT 1;
    IF line IS NOT NULL THEN
        RETURN line;
    END IF;
    SELECT coalesce(bool_or(job.queue = ANY (w.queues)), false),
        coalesce(bool_or(job.queue = ANY (w.queues) AND job.kind = ANY (w.kinds)), false),
        sum(w.concurrency) FILTER (WHERE job.queue = ANY (w.queues) AND job.kind = ANY (w.kinds)),
        sum(running.jobs) FILTER (WHERE job.queue = ANY (w.queues) AND job.kind = ANY (w.kinds))
    INTO queue_served, served, slots, busy
    FROM workers w
    CROSS JOIN LATERAL (
        SELECT count(*) AS jobs FROM jobs j
        WHERE j.state = 'running' AND j.worker_id = w.id) AS running
    WHERE w.heartbeat_at + make_interval(secs => w.lease_s) >= clock_timestamp();
    IF NOT served THEN
        RETURN format('nobody handles it: no live worker serves queue "%s"%s', job.queue,
            CASE WHEN queue_served THEN format(' and kind "%s"', job.kind)
                ELSE format(' and kind "%s" (none serves the queue at all)', job.kind) END);
    END IF;
    SELECT format('limit of %s: %s of %s running', l.label, running.jobs, l.max_running) INTO line
    FROM limits_of(job.queue, job.kind, job.user_id, job.agent_id, job.payload) AS l
    CROSS JOIN LATERAL (SELECT running_under(l.limit_id, l.value) AS jobs) AS running
    WHERE running.jobs >= l.max_running LIMIT 1;
    IF line IS NOT NULL THEN
        RETURN line;
    END IF;
    SELECT format('%s until %s (%s): the next claim holds it', c.hold_reason,
        coalesce(c.hold_until::text, 'released'), c.hold_key) INTO line
    FROM job_cooldown(job.kind, job.payload, job.agent_id) AS c LIMIT 1;
    IF line IS NOT NULL THEN
        RETURN line;
    END IF;
    SELECT format('locked since %s by a transaction of backend %s (%s, %s): claims pass it over',
        a.xact_start, a.pid, coalesce(nullif(a.application_name, ''), 'no name'),
        coalesce(a.state, 'state unknown')) INTO line
    FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'transactionid' AND l.transactionid = locker AND l.granted
        AND l.pid <> pg_backend_pid();
    IF line IS NOT NULL THEN
        RETURN line;
    END IF;
    SELECT count(*) INTO ahead FROM (
        SELECT FROM jobs j
        WHERE j.state = 'available' AND j.queue = job.queue AND j.priority = job.priority
            AND coalesce(j.user_id, '') = coalesce(job.user_id, '')
            AND j.run_at <= clock_timestamp() AND (j.run_at, j.id) < (job.run_at, job.id)
        LIMIT 1000) AS first;
    RETURN format('due since %s, %s%s jobs are before it in its lane (queue "%s", priority %s, user %s); %s',
        job.run_at, ahead, CASE WHEN ahead = 1000 THEN ' or more' ELSE '' END, job.queue,
        job.priority, coalesce(quote_ident(job.user_id), 'none'),
        CASE WHEN busy >= slots THEN format('all %s slots are taken, users take turns', slots)
            WHEN ahead = 0 THEN format('claimed soon: %s of %s slots are free', slots - busy, slots)
            ELSE format('%s of %s slots are free', slots - busy, slots) END);
END $$;

-- Says why a job is where it is, in one line.
CREATE OR REPLACE FUNCTION why_job(id bigint) RETURNS text LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    job jobs;
    locker xid;
BEGIN
    SELECT j.* INTO job FROM jobs j WHERE j.id = why_job.id;
    RETURN CASE job.state
        WHEN 'completed' THEN format('completed at %s', job.finished_at)
        WHEN 'failed' THEN format('failed at %s after %s attempts: %s', job.finished_at,
            job.attempt, coalesce(job.last_error, 'no error was recorded'))
        WHEN 'cancelled' THEN format('cancelled at %s', job.finished_at)
        WHEN 'held' THEN why_held(job)
        WHEN 'waiting' THEN why_waiting(job)
        WHEN 'running' THEN why_running(job)
        WHEN 'available' THEN why_available(job, (SELECT j.xmax FROM jobs j WHERE j.id = job.id))
        ELSE 'there is no such job'
    END;
END $$;

-- Functions that name tables keep to this schema, whatever the caller's search_path; the why_ ones are called by why_job alone.
DO $$
DECLARE
    signature regprocedure;
BEGIN
    FOR signature IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = current_schema()::regnamespace
            AND p.proname IN (
                'count_running_jobs', 'brake_claim', 'claim_jobs', 'find_lanes', 'next_due_ms',
                'wake_in_turn', 'wake_freed_jobs', 'wake_held_jobs', 'wake_under', 'release_holds',
                'repair_holds', 'pause_jobs', 'resume_jobs', 'set_concurrency_limit',
                'set_user_weight', 'maintain_queue', 'prune_concurrency', 'why_job', 'limits_of',
                'running_under', 'lane_room')
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path TO %I, pg_temp', signature, current_schema());
    END LOOP;
END $$;

INSERT INTO agent_worker_migrations (version, name) VALUES (17, '0017_fair_claim')
ON CONFLICT DO NOTHING;
