/// P8: what lies in the table must not matter.
struct HistoryScenario: Scenario {
    let number = "P8"
    let name = "history"
    let title = "drain no-op jobs with finished and future jobs in the table, against empty tables"

    func contest(_ bench: Bench) async throws -> Contest {
        let finished = bench.scaled(10_000_000, atLeast: 10_000)
        let future = bench.scaled(1_000_000, atLeast: 1_000)
        // All of them from a quarter of the size on: a drain that takes seconds.
        let jobs = min(40_000, bench.scaled(160_000, atLeast: 1_000))
        let drain = Drain(bench: bench, shape: JobShape(.noOp), jobs: jobs)
        // Filled once: it takes minutes.
        let full = try await bench.database()
        bench.say("  filling \(finished) finished and \(future) future jobs")
        try await Self.fill(full, finished: finished, future: future)
        // Not measured: the machine still writes down what was filled in.
        _ = try await drain.on(full)
        return Contest(
            contestants: [
                Contestant("with history") { try await drain.on(full) },
                Contestant("empty tables") { try await drain.byWorkers() },
            ],
            goals: [
                Goal(.rate, of: "with history", .ratio(to: "empty tables"), .atLeast(0.9)),
                Goal(.perCPUSecond, of: "with history", .ratio(to: "empty tables"), .atLeast(0.9)),
            ],
            turns: 3,
            notes: [
                "\(finished) finished with their ledger rows, \(future) future, \(jobs) drained; three turns a repetition"
            ],
            finish: { await full.drop() })
    }

    private static func fill(
        _ database: BenchDatabase, finished: Int, future: Int
    ) async throws {
        let step = 500_000
        for first in stride(from: 1, through: finished, by: step) {
            try await database.run(
                """
                WITH done AS (
                    INSERT INTO jobs (
                        kind, payload, user_id, state, attempt, run_at, scheduled_at, created_at,
                        claimed_at, finished_at, worker_id)
                    SELECT 'bench_noop', jsonb_build_object('note', repeat('x', 120)),
                        'u' || number % 1000, 'completed', 1, at, at, at, at, at,
                        '33333333-3333-4333-8333-333333333333'
                    FROM generate_series(\(first), \(min(finished, first + step - 1))) AS number,
                        LATERAL (SELECT now() - interval '1 hour'
                            - (\(finished) - number) * interval '100 ms' AS at) AS moment
                    RETURNING id, worker_id, finished_at
                )
                INSERT INTO job_attempts (
                    attempt_id, job_id, attempt, worker_id, started_at, ended_at, outcome)
                SELECT gen_random_uuid(), id, 1, worker_id, finished_at, finished_at, 'completed'
                FROM done
                """)
        }
        var later = JobShape(.noOp)
        later.due = "now() + interval '1 day' + number * interval '1 second'"
        try await database.run(later.fill(future))
    }
}
