-- What a model call wrote to the provider's cache and the tier that served it: prices depend on both.
SELECT pg_advisory_xact_lock(hashtextextended('agent-worker migrations', 0));
SET LOCAL lock_timeout = '5s';

-- Without a default: adding them rewrites nothing.
ALTER TABLE token_usage
    ADD COLUMN IF NOT EXISTS cache_write_tokens    integer,  -- of input_tokens, none of them cached_tokens
    ADD COLUMN IF NOT EXISTS cache_write_1h_tokens integer,  -- of cache_write_tokens, kept an hour or longer
    ADD COLUMN IF NOT EXISTS service_tier          text;     -- that really served the call, where the provider tells

INSERT INTO agent_worker_migrations (version, name) VALUES (10, '0010_run_counts')
ON CONFLICT DO NOTHING;
