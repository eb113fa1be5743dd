-- The indexes of the fair claim (0017), without a lock that writers of a live queue would wait for: each statement runs by itself, outside a
-- transaction (`psql -f`, not `psql -1 -f`). Whoever interrupts it runs it again.
--
-- No lock_timeout: what a concurrent build waits for (older snapshots) holds up nobody else.
SET statement_timeout = 0;
SET lock_timeout = 0;

-- What an interrupted build left behind is of no use to anybody.
DO $$
DECLARE
    broken regclass;
BEGIN
    FOR broken IN
        SELECT i.indexrelid FROM pg_index i
        WHERE i.indrelid = 'jobs'::regclass AND NOT i.indisvalid
            AND i.indexrelid::regclass::text IN ('jobs_lane', 'jobs_held', 'jobs_hold_until')
    LOOP
        EXECUTE format('DROP INDEX %s', broken);
    END LOOP;
END $$;

-- The claim's one obvious path: the lane first, then its order. An expression, because a job without a user is in a lane too.
CREATE INDEX CONCURRENTLY IF NOT EXISTS jobs_lane
    ON jobs (queue, priority, coalesce(user_id, ''), run_at, id) WHERE state = 'available';
-- Held jobs under their key, in the order in which they are woken.
CREATE INDEX CONCURRENTLY IF NOT EXISTS jobs_held
    ON jobs (hold_key COLLATE "C", priority, coalesce(user_id, ''), run_at, id)
    WHERE state = 'held';
CREATE INDEX CONCURRENTLY IF NOT EXISTS jobs_hold_until
    ON jobs (hold_until) WHERE state = 'held' AND hold_until IS NOT NULL;
-- A worker of the previous version claims without it through jobs_lane, with a sort.
DROP INDEX CONCURRENTLY IF EXISTS jobs_claim;

RESET lock_timeout;
RESET statement_timeout;
INSERT INTO agent_worker_migrations (version, name) VALUES (18, '0018_claim_indexes.no_transaction')
ON CONFLICT DO NOTHING;
