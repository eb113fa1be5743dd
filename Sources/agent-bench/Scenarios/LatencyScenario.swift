import Glibc

/// P3: how soon an idle worker begins a job.
struct LatencyScenario: Scenario {
    let number = "P3"
    let name = "latency"
    let title = "pickup: from the commit of an enqueue to the start of the handler, idle queue"

    private static let pause = Duration.milliseconds(100)

    func contest(_ bench: Bench) async throws -> Contest {
        let jobs = bench.scaled(200, atLeast: 10)
        let statements = try await WorkerStatements.rehearse(
            bench, kind: JobShape(.noOp), batch: BareTables.batch)
        let peers = await bench.peers.install(PeerCatalog(bench: bench).queues)
        let limit = "NOTIFY and a claim, bare client"
        let peerContestants = peers.installed.map { peer in
            Contestant(peer.name) { try await peer.latency(jobs, pause: Self.pause) }
        }
        return Contest(
            contestants: [
                Contestant("agent-worker") { try await Self.worker(jobs, bench) },
                Contestant(limit) { try await Self.limit(jobs, statements, bench) },
            ] + peerContestants,
            goals: [
                // 0.6 × the best published, pgmq's.
                Goal(.p50, of: "agent-worker", .alone, .atMost(0.6 * 2.8)),
                Goal(.p99, of: "agent-worker", .alone, .atMost(0.6 * 9.7)),
            ]
                + peers.installed.flatMap { peer in
                    [Figure.p50, .p99].map {
                        Goal($0, of: "agent-worker", .ratio(to: peer.name), .atMost(0.6))
                    }
                },
            notes: [
                "\(jobs) jobs, one every \(Self.pause) on average",
                "published, quiet machine, p50/p99 ms: pgmq 2.8/9.7, River 3.3/34, graphile-worker 4.4/21, oban-py 4.5/17, pg-boss 4.9/19",
            ],
            absent: peers.absent)
    }

    private static func worker(_ jobs: Int, _ bench: Bench) async throws -> Sample {
        try await bench.withDatabase { database in
            var fleet = WorkerFleet(bench: bench, database: database, concurrency: 10)
            fleet.arguments = ["--punctual"]
            return try await fleet.whileListening { worker in
                let client = try ChildProcess(
                    bench.programs.limit,
                    [
                        "enqueue", database.url, "\(jobs)", "\(Int(pause / .microseconds(1)))",
                        JobShape(.noOp).fill(1) + " RETURNING id",
                    ], files: bench.files)
                let end = try await client.end(within: .seconds(600))
                guard end.code == 0 else { throw BenchError(client.errorTail) }
                try await database.wait(
                    until: "NOT EXISTS (SELECT FROM jobs WHERE finished_at IS NULL)")
                let begun = times(worker.output)
                return try Sample(
                    latencies: times(client.output).compactMap { job, committed in
                        begun[job].map { Double(max(0, $0 - committed)) }
                    })
            }
        }
    }

    /// Lines of a job's number and a moment in nanoseconds.
    private static func times(_ output: String) -> [Int64: Int64] {
        var times: [Int64: Int64] = [:]
        for line in output.split(separator: "\n") {
            let words = line.split(separator: " ").compactMap { Int64($0) }
            if words.count == 2 { times[words[0]] = words[1] }
        }
        return times
    }

    private static func limit(
        _ jobs: Int, _ statements: WorkerStatements, _ bench: Bench
    ) async throws -> Sample {
        try await bench.withDatabase { database in
            try await database.run(statements.announcement)
            let client = try ChildProcess(
                bench.programs.limit,
                [
                    "pickup", database.url, "\(jobs)", "\(Int(pause / .microseconds(1)))",
                    JobShape(.noOp).fill(1) + "; NOTIFY bench_limit", statements.claim.sql,
                ] + statements.claim.parameters.map { $0 ?? "" }, files: bench.files)
            let end = try await client.end(within: .seconds(600))
            guard end.code == 0 else { throw BenchError("bench-limit: \(client.errorTail)") }
            return try Sample(nanoseconds: client.output)
        }
    }
}
