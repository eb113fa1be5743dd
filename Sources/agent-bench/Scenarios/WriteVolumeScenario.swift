/// P12: what a job makes the database write, from its enqueue to its end.
struct WriteVolumeScenario: Scenario {
    let number = "P12"
    let name = "wal"
    let title = "WAL, row versions and HOT updates per job, enqueue included"

    func contest(_ bench: Bench) async throws -> Contest {
        let jobs = bench.scaled(20_000, atLeast: 600)
        func contestant(_ name: String, _ kind: JobShape.Kind) -> Contestant {
            Contestant(name) { try await Self.run(JobShape(kind), jobs, bench) }
        }
        return Contest(
            contestants: [
                contestant("no-op job", .noOp), contestant("recorded job", .recorded),
            ],
            goals: [
                Goal(.walBytes, of: "no-op job", .alone, .atMost(1_600)),
                Goal(.hotPercent, of: "recorded job", .alone, .atLeast(90)),
            ],
            notes: [
                "\(jobs) jobs; row B: the bytes of the rows a job leaves, headers included; dead: row versions left to vacuum; HOT: of agent_stats and agent_intensity_metrics",
                "published, per no-op job: River's shape 3.5 kB, partial indexes 1.5, graphile-worker 1.1–1.2, append-only 0.65",
            ])
    }

    private static func run(_ shape: JobShape, _ jobs: Int, _ bench: Bench) async throws -> Sample {
        try await bench.withDatabase { database in
            // A page's first change after a checkpoint writes the whole page: none may come between.
            try await database.run("CHECKPOINT")
            let meter = try await Meter.start(database)
            try await database.run(shape.fill(jobs))
            let effort = try await WorkerFleet(bench: bench, database: database).drain()
            var sample = try await meter.stop(count: jobs, clientCPU: effort.cpuSeconds)
            let tables = [
                "jobs", "job_attempts", "agent_executions", "agent_logs",
            ]
            var bytes = 0.0
            for table in tables {
                bytes += try await database.number(
                    "SELECT coalesce(sum(pg_column_size(t.*)), 0) FROM \(table) t")
            }
            sample[.rowBytes] = bytes / Double(jobs)
            return sample
        }
    }
}
