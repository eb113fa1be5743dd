-- Who keeps old row versions alive. A queue is all churn: while anything holds the horizon, dead rows and dead index entries pile up in
-- the way of every claim, and no vacuum helps.
SELECT pg_advisory_xact_lock(hashtextextended('agent-worker migrations', 0));
SET LOCAL lock_timeout = '5s';

-- The holders of this database's horizon, the oldest first. kind: backend, standby (its hot_standby_feedback), slot, prepared
-- transaction. age_xids: how many transactions began since; held_s: for how long, null where the server does not know. Sessions of
-- other roles are seen only with pg_read_all_stats.
CREATE OR REPLACE FUNCTION xmin_horizon() RETURNS TABLE (
    kind text, holder text, age_xids bigint, held_s double precision, remedy text
) LANGUAGE sql STABLE AS $$
    WITH sessions AS MATERIALIZED (
        -- A session of another database holds nothing here, a standby everything.
        SELECT a.* FROM pg_stat_activity a
        WHERE a.pid <> pg_backend_pid()
            AND (a.datname = current_database() OR a.backend_type = 'walsender')
    ), held AS (
        SELECT 'backend' AS kind,
            format('backend %s (%s, %s, %s)', s.pid, coalesce(nullif(s.application_name, ''), '?'),
                coalesce(s.usename, '?'), coalesce(s.state, '?')) AS holder,
            greatest(age(s.backend_xmin), age(s.backend_xid))::bigint AS age_xids,
            extract(epoch FROM clock_timestamp() - s.xact_start)::double precision AS held_s,
            format('SELECT pg_terminate_backend(%s)', s.pid) AS remedy
        FROM sessions s
        WHERE s.backend_type <> 'walsender'
            AND (s.backend_xmin IS NOT NULL OR s.backend_xid IS NOT NULL)
        UNION ALL
        SELECT 'standby', format('standby %s (%s)', s.application_name, s.client_addr),
            age(s.backend_xmin)::bigint, NULL,
            'end the long query on the standby, or set hot_standby_feedback off there'
        FROM sessions s WHERE s.backend_type = 'walsender' AND s.backend_xmin IS NOT NULL
        UNION ALL
        SELECT 'slot', format('replication slot %s (%s)', r.slot_name,
                CASE WHEN r.active THEN 'active' ELSE 'nobody reads it' END),
            greatest(age(r.xmin), age(r.catalog_xmin))::bigint, NULL,
            format('SELECT pg_drop_replication_slot(%L), once nobody needs it', r.slot_name)
        FROM pg_replication_slots r
        WHERE r.xmin IS NOT NULL
            OR (r.catalog_xmin IS NOT NULL AND r.database = current_database())
        UNION ALL
        SELECT 'prepared transaction', format('prepared transaction %s (%s)', p.gid, p.owner),
            age(p.transaction)::bigint,
            extract(epoch FROM clock_timestamp() - p.prepared)::double precision,
            format('ROLLBACK PREPARED %L, or COMMIT PREPARED', p.gid)
        FROM pg_prepared_xacts p WHERE p.database = current_database()
    )
    SELECT h.kind, h.holder, h.age_xids, h.held_s, h.remedy FROM held h
    ORDER BY h.age_xids DESC, h.held_s DESC NULLS LAST
$$;

-- Functions that name tables keep to this schema, whatever the caller's search_path.
DO $$
DECLARE
    signature regprocedure;
BEGIN
    FOR signature IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = current_schema()::regnamespace AND p.proname IN ('xmin_horizon')
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path TO %I, pg_temp', signature, current_schema());
    END LOOP;
END $$;

INSERT INTO agent_worker_migrations (version, name) VALUES (19, '0019_horizon')
ON CONFLICT DO NOTHING;
