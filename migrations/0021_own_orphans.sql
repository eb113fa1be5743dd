-- A worker's list of what it holds speaks for the moment it was made, not for when it arrives. A call of maintenance that reached the
-- database later than a lease after it was sent took back what its own worker had claimed meanwhile and was running.
SELECT pg_advisory_xact_lock(hashtextextended('agent-worker migrations', 0));
SET LOCAL lock_timeout = '5s';

-- Both get an argument more; beside the old ones, calls without it would be ambiguous. Workers of the previous version call without it.
DROP FUNCTION IF EXISTS maintain_queue(uuid, uuid[], integer, text);
DROP FUNCTION IF EXISTS rescue_jobs(integer, uuid, uuid[]);

-- Takes back the jobs of dead workers: locked first, then acted on, in one transaction. A worker whose row is gone counts as dead. The
-- lease's length is the backoff: a rescued job is due at once.
--
-- A worker that rescues also names itself and the attempts it knows of: a job that it holds for longer than a lease without knowing (the
-- answer of its claim was lost) is an orphan of a living worker and is taken back alike.
--
-- A job whose records cannot be written is answered as `stuck` with the error and stays as it is: it must not keep the others.
CREATE OR REPLACE FUNCTION rescue_jobs(
    max_jobs integer DEFAULT 100, rescuer uuid DEFAULT NULL, held uuid[] DEFAULT '{}',
    held_at timestamptz DEFAULT NULL
) RETURNS TABLE (job_id bigint, attempt_id uuid, worker_id uuid, state text, error text)
LANGUAGE plpgsql SET jit = off AS $$
#variable_conflict use_column
DECLARE
    dead record;
BEGIN
    FOR dead IN
        SELECT j.id, j.attempt_id, j.worker_id, j.worker_id IS NOT DISTINCT FROM rescuer AS orphan
        FROM jobs j
        WHERE j.state = 'running'
            -- re-checked on the locked version of the row: a job claimed since is nobody's orphan
            AND j.claimed_at < statement_timestamp()
            AND NOT EXISTS (
                SELECT FROM workers w
                WHERE w.id = j.worker_id
                    AND w.heartbeat_at + make_interval(secs => w.lease_s) >= clock_timestamp()
                    AND NOT (
                        w.id IS NOT DISTINCT FROM rescuer AND j.attempt_id <> ALL (held)
                        AND j.claimed_at + make_interval(secs => w.lease_s)
                            < least(held_at, clock_timestamp())))
        LIMIT max_jobs
        FOR UPDATE OF j SKIP LOCKED
    LOOP
        job_id := dead.id;
        attempt_id := dead.attempt_id;
        worker_id := dead.worker_id;
        error := NULL;
        BEGIN
            state := take_back_job(dead.id, CASE WHEN dead.orphan
                THEN 'the answer of the claim was lost' ELSE 'the worker stopped beating' END);
        EXCEPTION
        WHEN deadlock_detected OR lock_not_available OR serialization_failure THEN
            CONTINUE;  -- the next round meets it again
        WHEN OTHERS THEN
            state := 'stuck';
            error := format('%s [%s]', SQLERRM, SQLSTATE);
        END;
        RETURN NEXT;
    END LOOP;
END $$;

-- One round of what some worker of the fleet must do now and then, in one call; every part is safe to run at the same time elsewhere, and
-- one that fails does not keep the others. A row per rescued job (rescue_jobs), then one per other part: `resumed` and `woken` with how
-- many, `looked` with the hold key to go on after, `braked` when limits or pauses exist, `failed` with the error.
CREATE OR REPLACE FUNCTION maintain_queue(
    rescuer uuid, held uuid[], max_jobs integer DEFAULT 100, after_key text DEFAULT '',
    held_at timestamptz DEFAULT NULL
) RETURNS TABLE (
    event text, jobs bigint, job_id bigint, attempt_id uuid, worker_id uuid, state text, error text
) LANGUAGE plpgsql SET jit = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT 'rescued', 1::bigint, r.job_id, r.attempt_id, r.worker_id, r.state, r.error
    FROM rescue_jobs(max_jobs, rescuer, held, held_at) AS r;
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

-- Functions that name tables keep to this schema, whatever the caller's search_path.
DO $$
DECLARE
    signature regprocedure;
BEGIN
    FOR signature IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = current_schema()::regnamespace
            AND p.proname IN ('rescue_jobs', 'maintain_queue')
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path TO %I, pg_temp', signature, current_schema());
    END LOOP;
END $$;

INSERT INTO agent_worker_migrations (version, name) VALUES (21, '0021_own_orphans')
ON CONFLICT DO NOTHING;
