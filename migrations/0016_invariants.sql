-- The invariants of DESIGN 5.4 that SQL can state: a branch each, empty in every committed snapshot. Jobs and records that were pruned owe
-- nothing more, and the counters go on to count them.
SELECT pg_advisory_xact_lock(hashtextextended('agent-worker migrations', 0));
SET LOCAL lock_timeout = '5s';

CREATE OR REPLACE VIEW invariant_violations AS
-- I1 running has its attempt, worker and claim; final states have finished_at
SELECT 'I1' AS invariant, 'job ' || j.id AS subject,
    format('state %s, attempt_id %s, worker_id %s, claimed_at %s, finished_at %s', j.state,
        j.attempt_id, j.worker_id, j.claimed_at, j.finished_at) AS detail
FROM jobs j
WHERE (j.state = 'running'
        AND (j.attempt_id IS NULL OR j.worker_id IS NULL OR j.claimed_at IS NULL))
    OR (j.state IN ('completed', 'failed', 'cancelled')) <> (j.finished_at IS NOT NULL)
UNION ALL
-- I2 leaving running clears the attempt
SELECT 'I2', 'job ' || j.id, format('state %s still has attempt %s', j.state, j.attempt_id)
FROM jobs j WHERE j.attempt_id IS NOT NULL AND j.state <> 'running'
UNION ALL
-- I3 an attempt is settled at most once: one that runs is not in the ledger
SELECT 'I3', 'attempt ' || a.attempt_id, format('settled as %s, yet job %s runs it', a.outcome, j.id)
FROM jobs j JOIN job_attempts a ON a.attempt_id = j.attempt_id
UNION ALL
-- I3 every claim that counts is in the ledger, once
SELECT 'I3', 'job ' || j.id,
    format('counts %s attempts, the ledger has %s', j.attempt, ended.counted)
FROM jobs j
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE a.outcome NOT IN ('snooze', 'interrupt', 'wait')) AS counted
    FROM job_attempts a WHERE a.job_id = j.id) AS ended
WHERE j.attempt <> ended.counted + CASE WHEN j.state = 'running' THEN 1 ELSE 0 END
    AND j.pruned_at IS NULL
UNION ALL
-- I4 a job that ran and ended has the ledger row that says so
SELECT 'I4', 'job ' || j.id, format('%s without a ledger row', j.state)
FROM jobs j
WHERE j.state IN ('completed', 'failed') AND j.pruned_at IS NULL
    AND NOT EXISTS (
        SELECT FROM job_attempts a WHERE a.job_id = j.id AND a.outcome = j.state)
UNION ALL
-- I5 exactly one execution and one log row of a finished agent run
SELECT 'I5', 'job ' || j.id,
    format('%s %s job has %s agent_executions and %s agent_logs rows', j.state, j.kind,
        executions.n, logs.n)
FROM jobs j
CROSS JOIN LATERAL (SELECT count(*) AS n FROM agent_executions e WHERE e.id = j.execution_id)
    AS executions
CROSS JOIN LATERAL (SELECT count(*) AS n FROM agent_logs l WHERE l.execution_id = j.execution_id)
    AS logs
WHERE j.kind IN ('agentkit', 'orchestrator') AND j.pruned_at IS NULL
    AND (executions.n, logs.n) IS DISTINCT FROM (
        CASE WHEN j.finished_at IS NOT NULL
                AND EXISTS (SELECT FROM job_attempts a WHERE a.job_id = j.id)
            THEN (1::bigint, 1::bigint) ELSE (0::bigint, 0::bigint) END)
UNION ALL
-- I5 exactly one completed generation log of a finished generation
SELECT 'I5', 'job ' || j.id, format('%s generation job without a completed log', j.state)
FROM jobs j
WHERE j.kind = 'generation' AND j.finished_at IS NOT NULL AND j.pruned_at IS NULL
    AND EXISTS (SELECT FROM job_attempts a WHERE a.job_id = j.id)
    AND NOT EXISTS (
        SELECT FROM agent_generation_logs g
        WHERE g.id = j.execution_id::text AND g.completed_at IS NOT NULL
            AND g.success = (j.state = 'completed'))
UNION ALL
SELECT 'I5', 'generation log ' || g.id, format('completed while job %s is %s', j.id, j.state)
FROM agent_generation_logs g JOIN jobs j ON j.execution_id::text = g.id
WHERE g.completed_at IS NOT NULL AND j.finished_at IS NULL
UNION ALL
-- I5 the counters equal the rows they count, those that were pruned included
SELECT 'I5', format('agent %s of user %s', counted.agent_id, counted.user_id),
    format('agent_stats says %s runs, %s successes; agent_executions and pruned_runs %s, %s',
        coalesce(s.run_count, 0), coalesce(s.success_count, 0), counted.runs, counted.successes)
FROM (
    SELECT ran.agent_id, ran.user_id, sum(ran.runs) AS runs, sum(ran.successes) AS successes
    FROM (
        SELECT e.agent_id, e.user_id, 1 AS runs,
            CASE WHEN e.status = 'completed' THEN 1 ELSE 0 END AS successes
        FROM agent_executions e WHERE e.status IN ('completed', 'failed')
        UNION ALL
        SELECT p.agent_id, p.user_id, p.runs, p.successes FROM pruned_runs p) AS ran
    GROUP BY ran.agent_id, ran.user_id) AS counted
LEFT JOIN agent_stats s ON s.agent_id = counted.agent_id AND s.user_id = counted.user_id
WHERE coalesce(s.run_count, 0) <> counted.runs
    OR coalesce(s.success_count, 0) <> counted.successes
UNION ALL
SELECT 'I5', 'agent ' || counted.agent_id,
    format('agent_intensity_metrics counts %s executions, agent_executions and pruned_runs %s',
        coalesce(m.total_executions, 0), counted.runs)
FROM (
    SELECT ran.agent_id, sum(ran.runs) AS runs
    FROM (
        SELECT e.agent_id, 1 AS runs
        FROM agent_executions e WHERE e.status IN ('completed', 'failed')
        UNION ALL
        SELECT p.agent_id, p.runs FROM pruned_runs p) AS ran
    GROUP BY ran.agent_id) AS counted
LEFT JOIN agent_intensity_metrics m ON m.agent_id = counted.agent_id
WHERE coalesce(m.total_executions, 0) <> counted.runs
UNION ALL
-- I5 the token baseline of an agent counts its calls, those that were pruned included
SELECT 'I5', 'token baseline of agent ' || counted.agent_id,
    format('sums %s over %s calls, token_usage and pruned_usage %s over %s',
        coalesce(b.output_sum, 0), coalesce(b.output_rows, 0), counted.tokens, counted.calls)
FROM (
    SELECT spent.agent_id, sum(spent.tokens) AS tokens, sum(spent.calls) AS calls
    FROM (
        SELECT u.agent_id, u.output_tokens AS tokens, 1 AS calls FROM token_usage u
        WHERE u.activity_type = 'agent_execution' AND u.output_tokens IS NOT NULL
        UNION ALL
        SELECT p.agent_id, p.output_tokens, p.counted_calls FROM pruned_usage p
        WHERE p.activity_type = 'agent_execution') AS spent
    WHERE spent.agent_id IS NOT NULL
    GROUP BY spent.agent_id) AS counted
LEFT JOIN agent_token_baselines b ON b.agent_id = counted.agent_id
WHERE coalesce(b.output_sum, 0) <> counted.tokens OR coalesce(b.output_rows, 0) <> counted.calls
UNION ALL
-- I8 no job is claimed beyond its limit
SELECT 'I8', 'job ' || j.id, format('%s attempts of %s', j.attempt, j.max_attempts)
FROM jobs j WHERE j.attempt > j.max_attempts
UNION ALL
-- I9 a call of an ended attempt has an outcome, if only `unknown`
SELECT 'I9', 'token_usage ' || u.id, format('pending though attempt %s ended', u.attempt_id)
FROM token_usage u JOIN job_attempts a ON a.attempt_id = u.attempt_id
WHERE u.status = 'pending'
UNION ALL
-- I8 a job that waits has something that can end its wait
SELECT 'I8', 'job ' || j.id, 'waiting, yet no event of its journal is open'
FROM jobs j
WHERE j.state = 'waiting' AND NOT EXISTS (
    SELECT FROM run_steps r
    WHERE r.execution_id = j.execution_id AND r.kind = 'event' AND r.status = 'waiting')
UNION ALL
-- I9 a claimed step of an ended attempt has an outcome, if only `unknown`
SELECT 'I9', format('run_steps %s of execution %s', r.step_key, r.execution_id),
    format('claimed though attempt %s ended', r.attempt_id)
FROM run_steps r JOIN job_attempts a ON a.attempt_id = r.attempt_id
WHERE r.status = 'claimed'
UNION ALL
-- I9 no journal outlives its job's end without a date
SELECT 'I9', format('run_steps %s of job %s', r.step_key, j.id),
    format('kept without a date though the job is %s', j.state)
FROM run_steps r JOIN jobs j ON j.execution_id = r.execution_id
WHERE j.finished_at IS NOT NULL AND r.keep_until IS NULL
UNION ALL
-- a schedule that is due or will be has nothing in its way, and a tick is one job
SELECT 'I4', 'schedule ' || s.name, format('next_at %s, fault %s', s.next_at, s.fault)
FROM schedules s
WHERE (s.next_at IS NOT NULL AND s.fault IS NOT NULL) OR s.next_at <= s.last_tick
UNION ALL
-- I9 a run leaves one memory, under a number of its own
SELECT 'I9', 'agent ' || m.agent_id,
    format('run number %s given to %s memories', m.run_number, count(*))
FROM run_memories m WHERE m.id = m.execution_id
GROUP BY m.agent_id, m.run_number HAVING count(*) > 1
UNION ALL
-- the sums of a budget's window are those of its charges
SELECT 'I9', format('budget %s of %s from %s', w.budget_id, w.subject, w.starts_at),
    format('reserves %s tokens and %s USD, its charges %s and %s; spent %s and %s, its charges %s and %s',
        w.reserved_tokens, w.reserved_usd, charged.reserved_tokens, charged.reserved_usd,
        w.spent_tokens, w.spent_usd, charged.spent_tokens, charged.spent_usd)
FROM budget_windows w
CROSS JOIN LATERAL (
    SELECT coalesce(sum(c.tokens) FILTER (WHERE c.state = 'reserved'), 0) AS reserved_tokens,
        coalesce(sum(c.usd) FILTER (WHERE c.state = 'reserved'), 0) AS reserved_usd,
        coalesce(sum(c.tokens) FILTER (WHERE c.state = 'spent'), 0) AS spent_tokens,
        coalesce(sum(c.usd) FILTER (WHERE c.state = 'spent'), 0) AS spent_usd
    FROM budget_charges c
    WHERE (c.budget_id, c.subject, c.starts_at) = (w.budget_id, w.subject, w.starts_at))
    AS charged
WHERE (w.reserved_tokens, w.reserved_usd, w.spent_tokens, w.spent_usd) IS DISTINCT FROM
    (charged.reserved_tokens, charged.reserved_usd, charged.spent_tokens, charged.spent_usd);

INSERT INTO agent_worker_migrations (version, name) VALUES (16, '0016_invariants')
ON CONFLICT DO NOTHING;
