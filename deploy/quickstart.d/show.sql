-- What the quick start's jobs left behind. :jobs is a list of job ids.
\pset footer off
\pset null '-'
\set agent '''11111111-1111-4111-8111-111111111111'''

\echo
\echo '== jobs: state and output'
SELECT id, kind, state, format('%s/%s', attempt, max_attempts) AS attempt,
    round(extract(epoch FROM finished_at - created_at)::numeric, 2) AS seconds,
    left(coalesce(output::text, last_error), 80) AS "output or error"
FROM jobs WHERE id = ANY (:'jobs') ORDER BY id;

\echo '== job_attempts: the ledger, one row per ended attempt'
SELECT job_id, attempt, outcome, failure_class, input_tokens AS input, output_tokens AS output,
    cached_tokens AS cached, total_tokens AS total, model
FROM job_attempts WHERE job_id = ANY (:'jobs') ORDER BY job_id, attempt;

\echo '== token_usage: one row per model call'
SELECT job_id, activity_name AS activity, activity_step AS step, status, model_name AS model,
    input_tokens AS input, output_tokens AS output, cached_tokens AS cached, latency_ms AS ms
FROM token_usage WHERE job_id = ANY (:'jobs') ORDER BY job_id, created_at;

\echo '== agent_generation_logs: the generation'
\x on
SELECT job_id, success, prompt, generated_agent_schema ->> 'name' AS agent_name,
    left(generated_agent_schema ->> 'purpose', 70) AS agent_purpose, identified_skills,
    openai_model, total_tokens, input_tokens, output_tokens, generation_time_ms, retry_count,
    left(validation_errors ->> 'errors', 100) AS validation_errors
FROM agent_generation_logs WHERE job_id = ANY (:'jobs') ORDER BY job_id;
\x off

\echo '== agent_executions: operation 1, one row per run'
SELECT j.id AS job, j.kind, e.status, e.execution_duration_ms AS ms, e.retry_count AS retries,
    e.logs -> 'tokens' ->> 'total' AS tokens, e.logs ->> 'models' AS models
FROM agent_executions e JOIN jobs j ON j.execution_id = e.id
WHERE j.id = ANY (:'jobs') ORDER BY j.id;

\echo '== agent_logs: operation 2'
\x on
SELECT j.id AS job, l.status, l.run_output, l.run_time, l.run_tokens, l.user_credits_used
FROM agent_logs l JOIN jobs j ON j.execution_id = l.execution_id
WHERE j.id = ANY (:'jobs') ORDER BY j.id;
\x off

\echo '== agent_stats: operation 3'
SELECT agent_id, run_count, success_count, last_run_at FROM agent_stats WHERE agent_id = :agent;

\echo '== agent_intensity_metrics: operation 4'
SELECT total_executions AS runs, success_rate, round(avg_tokens_per_run::numeric, 1) AS "tokens/run",
    total_plugin_calls AS "plugin calls", round(execution_score::numeric, 3) AS execution_score,
    round(creation_score::numeric, 3) AS creation_score,
    round(combined_score::numeric, 3) AS combined_score
FROM agent_intensity_metrics WHERE agent_id = :agent;

\echo '== run_memories: what the runs leave to the agent''s next ones'
SELECT run_number AS run, summary, sentiment, importance_score AS importance, token_count AS tokens
FROM run_memories WHERE agent_id = :agent ORDER BY run_number;

\echo '== invariant_violations: must be empty'
\pset footer on
SELECT * FROM invariant_violations;
