-- A claim that looks at what fell due lately only. Under an old snapshot nothing removes the index entries of jobs that are gone, and they lie
-- before the longest due: after 15,000 jobs each look took 5 ms for them, after a million it would take a third of a second. A worker
-- now looks behind them as rarely as that costs much.
SELECT pg_advisory_xact_lock(hashtextextended('agent-worker migrations', 0));
SET LOCAL lock_timeout = '5s';

-- Takes up to max_jobs due jobs for a live worker; each gets a new attempt id (I2).
--
-- A lane is the due jobs of one user in one priority of a queue, in order of run_at and id. The caller names lanes in the order it wants
-- them served in within a priority, with how many to take of each and where to begin (a floor: what sorts lower was claimed before, and
-- under an old snapshot its index entries cannot be skipped cheaply). Beside those, the claim serves lanes that it finds itself at both
-- ends of what is due, before the named ones of their priority: `look` rows of the longest due, so that nothing waits for ever, and `look`
-- of what fell due within look_back_s, so that somebody new waits for nobody. Lower priority numbers go first. A negative `look` leaves out
-- the longest due, whose index entries lie behind those of all that an old snapshot keeps.
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
    -- What is woken sorts below the floors, and among the longest due.
    IF braked AND freed <> '{}' AND wake_freed_jobs(freed) > 0 THEN
        lane_floors := array_fill('-infinity'::timestamptz, ARRAY[cardinality(lane_floors)]);
        look := abs(look);
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
                    ORDER BY j.run_at LIMIT greatest(look, 0))
                    UNION ALL
                    (SELECT j.priority, coalesce(j.user_id, ''), j.run_at FROM jobs j
                    WHERE j.state = 'available' AND j.queue = served.queue AND j.run_at <= now()
                        AND j.run_at > now() - make_interval(secs => look_back_s)
                        AND j.kind = ANY (kinds)
                    ORDER BY j.run_at DESC LIMIT abs(look))) AS seen
                GROUP BY served.queue, served.place, seen.priority, seen.user_key) AS found
            WHERE look <> 0 AND NOT EXISTS (
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

-- Milliseconds from now until the next job of these queues and kinds that is not due yet falls due, or until the next hold ends; 0: a hold
-- is over; NULL: nothing is planned. next_due_ms without what is due already.
CREATE OR REPLACE FUNCTION next_ahead_ms(queues text[], kinds text[]) RETURNS bigint
LANGUAGE plpgsql STABLE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    next timestamptz;
BEGIN
    next := least((
        SELECT min(soonest.run_at)
        FROM unnest(queues) AS served (queue)
        CROSS JOIN LATERAL (
            SELECT j.run_at FROM jobs j
            WHERE j.state = 'available' AND j.queue = served.queue AND j.kind = ANY (kinds)
                AND j.run_at > now()
            ORDER BY j.run_at LIMIT 1) AS soonest), (
        SELECT j.hold_until FROM jobs j
        WHERE j.state = 'held' AND j.hold_until IS NOT NULL
        ORDER BY j.hold_until LIMIT 1));
    RETURN CASE WHEN next < clock_timestamp() THEN 0
        ELSE (extract(epoch FROM next - clock_timestamp()) * 1000)::bigint END;
END $$;

-- Functions that name tables keep to this schema, whatever the caller's search_path; and a new one may be executed by whoever may execute
-- the one that it stands beside, also where default privileges are revoked.
DO $$
DECLARE
    signature regprocedure;
    given record;
BEGIN
    FOR signature IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = current_schema()::regnamespace
            AND p.proname IN ('claim_jobs', 'next_ahead_ms')
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path TO %I, pg_temp', signature, current_schema());
    END LOOP;
    FOR given IN
        SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
            AS grantee
        FROM pg_proc p
        CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
        WHERE p.oid = 'next_due_ms(text[], text[])'::regprocedure AND a.privilege_type = 'EXECUTE'
    LOOP
        EXECUTE format(
            'GRANT EXECUTE ON FUNCTION next_ahead_ms(text[], text[]) TO %s', given.grantee);
    END LOOP;
END $$;

INSERT INTO agent_worker_migrations (version, name) VALUES (24, '0024_short_looks')
ON CONFLICT DO NOTHING;
