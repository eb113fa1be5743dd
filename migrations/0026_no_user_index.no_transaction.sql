-- An index that nothing needs any more (0025), dropped without a lock that a live queue would wait for: each statement runs by itself, outside
-- a transaction (`psql -f`, not `psql -1 -f`). Whoever interrupts it runs it again.
--
-- No lock_timeout: what a concurrent drop waits for (transactions that use the table) holds up nobody else.
SET statement_timeout = 0;
SET lock_timeout = 0;

DROP INDEX CONCURRENTLY IF EXISTS jobs_user;

RESET lock_timeout;
RESET statement_timeout;
INSERT INTO agent_worker_migrations (version, name) VALUES (26, '0026_no_user_index.no_transaction')
ON CONFLICT DO NOTHING;
