import Glibc

/// P14: what a worker costs that has nothing to do.
struct IdleScenario: Scenario {
    let number = "P14"
    let name = "idle"
    let title = "an idle agent-worker"

    func contest(_ bench: Bench) async throws -> Contest {
        let seconds = bench.scaled(120, atLeast: 12)
        return Contest(
            contestants: [Contestant("agent-worker") { try await Self.run(seconds, bench) }],
            goals: [
                Goal(.cpuPercent, of: "agent-worker", .alone, .atMost(0.2)),
                Goal(.queries, of: "agent-worker", .alone, .atMost(30)),
            ],
            notes: [
                "\(seconds) s; CPU of the worker alone; wake-ups: voluntary context switches of all its threads; queries: statements of the worker, by pg_stat_statements",
                "published: Solid Queue polls 4,900 times a second in one fleet",
            ])
    }

    private static func run(_ seconds: Int, _ bench: Bench) async throws -> Sample {
        try await bench.withDatabase { database in
            try await database.countStatements()
            let worker = try ChildProcess(
                bench.programs.worker, ["run", "--log-level", "warning"],
                environment: ["DATABASE_URL": database.url], files: bench.files)
            defer { worker.kill() }
            try await database.wait(until: "EXISTS (SELECT FROM workers WHERE parked)")
            // What it does once after its start is over, and its statistics are published.
            try await Task.sleep(for: .seconds(2))
            await database.connection.close()
            let before = try await Reading(worker.pid, database, bench)
            try await Task.sleep(for: .seconds(seconds))
            let after = try await Reading(worker.pid, database, bench)
            let minutes = Double(seconds) / 60
            return Sample([
                .cpuPercent: (after.cpuSeconds - before.cpuSeconds) * 100 / Double(seconds),
                .wakeups: (after.wakeups - before.wakeups) / minutes,
                .queries: (after.queries - before.queries) / minutes,
                .residentMegabytes: Double(worker.peakKilobytes ?? 0) / 1024,
            ])
        }
    }

    private struct Reading {
        var cpuSeconds = 0.0
        var wakeups = 0.0
        var queries: Double

        init(_ pid: Int32, _ database: BenchDatabase, _ bench: Bench) async throws {
            // A session for the reading alone, itself not counted.
            let reader = try await bench.server.connect(to: database.name)
            try await reader.execute(script: "SET pg_stat_statements.track = 'none'")
            queries = try await reader.number(
                """
                SELECT coalesce(sum(calls), 0) FROM pg_stat_statements
                WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                """)
            await reader.close()
            for thread in ProcessFile.numbers(in: "/proc/\(pid)/task") {
                // schedstat(5): nanoseconds on a processor first.
                let spent = ProcessFile.text("/proc/\(pid)/task/\(thread)/schedstat") ?? ""
                cpuSeconds += (spent.split(separator: " ").first.flatMap { Double($0) } ?? 0) / 1e9
                wakeups += Double(
                    ProcessFile.status("voluntary_ctxt_switches", of: thread) ?? 0)
            }
        }
    }
}
