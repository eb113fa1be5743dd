/// P11: more workers.
struct FleetScenario: Scenario {
    let number = "P11"
    let name = "fleet"
    let title = "recorded jobs drained by 1, 2, 4 and 8 worker processes"

    func contest(_ bench: Bench) async throws -> Contest {
        let jobs = bench.scaled(30_000, atLeast: 1_600)
        func name(_ workers: Int) -> String { workers == 1 ? "1 worker" : "\(workers) workers" }
        return Contest(
            contestants: [1, 2, 4, 8].map { workers in
                Contestant(name(workers)) { try await Self.run(workers, jobs, bench) }
            },
            goals: [4, 8].flatMap { workers in
                [
                    Goal(.rate, of: name(workers), .ratio(to: name(1)), .atLeast(0.95)),
                    Goal(.spreadPercent, of: name(workers), .alone, .atMost(20)),
                ]
            },
            notes: [
                "\(jobs) jobs; uneven: the worker farthest from an equal share, in percent of it; all workers are awake before the jobs come"
            ])
    }

    private static func run(_ workers: Int, _ jobs: Int, _ bench: Bench) async throws -> Sample {
        try await bench.withDatabase { database in
            var fleet = WorkerFleet(bench: bench, database: database, workers: workers)
            // Workers of one configuration, however many.
            fleet.concurrency = 200
            return try await fleet.whileListening { _ in
                try await database.run(JobShape(.recorded).fill(jobs))
                try await database.wait(
                    until: "NOT EXISTS (SELECT FROM jobs WHERE finished_at IS NULL)")
                return Sample([
                    .rate: try await database.number(
                        """
                        SELECT count(*) / extract(epoch FROM max(ended_at) - min(started_at))
                        FROM job_attempts
                        """),
                    .spreadPercent: try await database.number(
                        """
                        SELECT max(abs(own - \(jobs) / \(workers).0)) * 100
                            / (\(jobs) / \(workers).0)
                        FROM (
                            SELECT count(a.*) AS own FROM workers w
                            LEFT JOIN job_attempts a ON a.worker_id = w.id GROUP BY w.id) AS shares
                        """),
                ])
            }
        }
    }
}
