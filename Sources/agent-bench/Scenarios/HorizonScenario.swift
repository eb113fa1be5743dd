import Postgres

/// P9: somebody's old snapshot keeps dead rows from being removed.
struct HorizonScenario: Scenario {
    let number = "P9"
    let name = "horizon"
    let title = "the worker's claim after jobs churned under a pinned snapshot, against before"

    func contest(_ bench: Bench) async throws -> Contest {
        let churned = bench.scaled(60_000, atLeast: 2_000)
        return Contest(
            contestants: [
                Contestant("agent-worker") { try await Self.measure(churned, bench) }
            ],
            goals: [Goal(.growth, of: "agent-worker", .alone, .atMost(1.5))],
            notes: [
                "\(churned) jobs churned; ms: the claim's mean afterwards, by pg_stat_statements",
                "published, after 20,000: graphile-worker 39 × slower, River 150 ×",
            ])
    }

    private static func measure(_ churned: Int, _ bench: Bench) async throws -> Sample {
        return try await bench.withDatabase { database in
            try await database.countStatements()
            try await database.settle()
            let fleet = WorkerFleet(bench: bench, database: database)
            return try await fleet.whileListening { _ in
                let pin = try await bench.server.connect(to: database.name)
                try await pin.execute(script: "BEGIN ISOLATION LEVEL REPEATABLE READ")
                try await pin.query("SELECT count(*) FROM jobs")
                let before = try await claimTime(bench, database)
                try await database.run(JobShape(.noOp).fill(churned))
                try await database.wait(
                    until: "NOT EXISTS (SELECT FROM jobs WHERE finished_at IS NULL)")
                let after = try await claimTime(bench, database)
                await pin.close()
                return Sample([.milliseconds: after, .growth: after / before])
            }
        }
    }

    /// The mean of the worker's claims while jobs come one by one, in ms.
    private static func claimTime(_ bench: Bench, _ database: BenchDatabase) async throws -> Double
    {
        _ = try await database.number("SELECT count(*) FROM pg_stat_statements_reset()")
        let client = try ChildProcess(
            bench.programs.limit,
            ["enqueue", database.url, "40", "60000", JobShape(.noOp).fill(1) + " RETURNING id"],
            files: bench.files)
        let end = try await client.end(within: .seconds(120))
        guard end.code == 0 else { throw BenchError(client.errorTail) }
        try await database.wait(
            until: "NOT EXISTS (SELECT FROM jobs WHERE finished_at IS NULL)")
        let mean = try await database.number(
            """
            SELECT sum(total_exec_time) / sum(calls) FROM pg_stat_statements
            WHERE toplevel AND calls > 10
                AND (query ILIKE '%skip locked%' OR query ILIKE '%claim_jobs%')
                AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
            """)
        guard mean > 0 else { throw BenchError("no claims were seen in pg_stat_statements") }
        return mean
    }
}
