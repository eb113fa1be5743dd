/// A backlog worked off, by workers or by the bare client, and what it took.
struct Drain: Sendable {
    let bench: Bench
    var shape: JobShape
    var jobs: Int

    /// By worker processes.
    func byWorkers(
        _ count: Int = 1, prepare: (BenchDatabase) async throws -> Void = { _ in }
    ) async throws -> Sample {
        try await bench.withDatabase { database in
            try await prepare(database)
            return try await on(database, workers: count)
        }
    }

    /// The same on a database that is kept.
    func on(_ database: BenchDatabase, workers count: Int = 1) async throws -> Sample {
        try await database.run(shape.fill(jobs))
        try await database.settle()
        let meter = try await Meter.start(database)
        var fleet = WorkerFleet(bench: bench, database: database)
        fleet.workers = count
        let effort = try await fleet.drain()
        var sample = try await meter.stop(count: jobs, clientCPU: effort.cpuSeconds)
        sample[.rate] = try await rate(database)
        sample[.residentMegabytes] = Double(effort.peakKilobytes) / 1024
        try await check(database)
        return sample
    }

    /// By the bare client with the worker's own statements.
    func byLimit(_ statements: WorkerStatements, element: String) async throws -> Sample {
        try await bench.withDatabase { database in
            try await database.run(shape.fill(jobs))
            try await database.run(statements.announcement)
            try await database.settle()
            let meter = try await Meter.start(database)
            let client = try ChildProcess(
                bench.programs.limit,
                ["drain", database.url, "2", statements.claim.sql, statements.settle.sql, element]
                    + statements.claim.parameters.map { $0 ?? "" }, files: bench.files)
            let end = try await client.end(within: .seconds(900))
            guard end.code == 0 else { throw BenchError("bench-limit: \(client.errorTail)") }
            var sample = try await meter.stop(count: jobs, clientCPU: end.cpuSeconds)
            sample[.rate] = try await rate(database)
            try await check(database)
            return sample
        }
    }

    /// From the first claim to the last settlement, by the database's clock.
    private func rate(_ database: BenchDatabase) async throws -> Double {
        let seconds = try await database.number(
            """
            SELECT extract(epoch FROM max(ended_at) - min(started_at)) FROM (
                SELECT ended_at, started_at FROM job_attempts ORDER BY ended_at DESC
                LIMIT \(jobs)) AS last
            """)
        return Double(jobs) / max(seconds, 0.000_001)
    }

    /// A figure without its records does not count.
    private func check(_ database: BenchDatabase) async throws {
        let left = try await database.number(
            "SELECT count(*) FROM jobs WHERE state <> 'completed' AND run_at <= now()")
        guard left == 0 else { throw BenchError("\(Int(left)) jobs were not completed") }
        guard jobs <= 200_000 else { return }
        let broken = try await database.number("SELECT count(*) FROM invariant_violations")
        guard broken == 0 else { throw BenchError("\(Int(broken)) violations of invariants") }
    }
}
