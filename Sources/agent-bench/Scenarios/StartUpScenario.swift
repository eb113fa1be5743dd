import Glibc

/// P13: how soon the programs are there.
struct StartUpScenario: Scenario {
    let number = "P13"
    let name = "start-up"
    let title = "start-up: agent-enqueue of one job against psql, agent-worker to its first claim"

    func contest(_ bench: Bench) async throws -> Contest {
        let times = bench.scaled(60, atLeast: 5)
        let psql = try Programs.find("psql")
        let insert = """
            INSERT INTO jobs (kind, payload, user_id) VALUES ('generation', '{"prompt": "hello"}', 'u')
            RETURNING id
            """
        let worker = "agent-worker to its first claim"
        return Contest(
            contestants: [
                Contestant("agent-enqueue") {
                    try await Self.time(times, bench) { _ in
                        (
                            bench.programs.enqueue,
                            ["generation", "--prompt", "hello", "--user", "u"]
                        )
                    }
                },
                Contestant("psql -c") {
                    try await Self.time(times, bench) { url in
                        (psql, ["-X", "-At", "-c", insert, url])
                    }
                },
                Contestant(worker) { try await Self.firstClaim(max(3, times / 6), bench) },
            ],
            goals: [
                Goal(.milliseconds, of: "agent-enqueue", .ratio(to: "psql -c"), .atMost(0.6)),
                Goal(.milliseconds, of: worker, .alone, .atMost(150)),
            ],
            notes: ["ms: the median of \(times) runs of the whole process"])
    }

    private static func time(
        _ times: Int, _ bench: Bench, _ command: (String) -> (String, [String])
    ) async throws -> Sample {
        try await bench.withDatabase { database in
            let (program, arguments) = command(database.url)
            var seconds: [Double] = []
            var cpu = 0.0
            for _ in 0..<times {
                let child = try ChildProcess(
                    program, arguments, environment: ["DATABASE_URL": database.url],
                    files: bench.files)
                let end = child.endNow()
                guard end.code == 0 else { throw BenchError(child.errorTail) }
                seconds.append(end.seconds)
                cpu += end.cpuSeconds
            }
            return Sample([
                .milliseconds: (Statistics(seconds)?.median ?? 0) * 1_000,
                .clientMicros: cpu * 1e6 / Double(times),
            ])
        }
    }

    private static func firstClaim(_ times: Int, _ bench: Bench) async throws -> Sample {
        var spent: [Double] = []
        for _ in 0..<times {
            try await bench.withDatabase { database in
                try await database.run(
                    """
                    INSERT INTO jobs (kind, payload, max_attempts)
                    VALUES ('generation', '{"prompt": "hello"}', 1)
                    """)
                var now = timespec()
                clock_gettime(CLOCK_REALTIME, &now)
                let child = try ChildProcess(
                    bench.programs.worker, ["run", "--until-idle", "--log-level", "critical"],
                    environment: ["DATABASE_URL": database.url], files: bench.files)
                _ = try await child.end(within: .seconds(60))
                let claimed = try await database.number(
                    "SELECT extract(epoch FROM started_at) FROM job_attempts")
                guard claimed > 0 else { throw BenchError("no claim: \(child.errorTail)") }
                spent.append(
                    (claimed - Double(now.tv_sec) - Double(now.tv_nsec) / 1e9) * 1_000)
            }
        }
        return Sample([.milliseconds: Statistics(spent)?.median ?? 0])
    }
}
