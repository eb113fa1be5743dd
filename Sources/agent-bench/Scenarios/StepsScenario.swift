/// P7: durable execution.
struct StepsScenario: Scenario {
    let number = "P7"
    let name = "steps"
    let title = "workflow runs of ten journalled steps that do nothing, 100 in flight"

    private static let bare = "one commit per step, pgbench"

    func contest(_ bench: Bench) async throws -> Contest {
        let runs = bench.scaled(2_000, atLeast: 20)
        let peers = await bench.peers.install(PeerCatalog(bench: bench).workflows)
        return Contest(
            contestants: [
                Contestant("agent-worker") { try await Self.worker(runs, bench) },
                Contestant(Self.bare) { try await Self.bareSteps(runs, bench) },
            ]
                + peers.installed.map { peer in
                    Contestant(peer.name) { try await Self.peer(peer, max(20, runs / 4), bench) }
                },
            goals: peers.installed.map { peer in
                Goal(.rate, of: "agent-worker", .ratio(to: peer.name), .atLeast(5))
            } + [Goal(.rate, of: "agent-worker", .ratio(to: Self.bare), .atLeast(1))],
            notes: [
                "\(runs) runs, peers \(max(20, runs / 4)); ours are recorded besides (claim, ten steps, four operations, settlement)"
            ], absent: peers.absent)
    }

    /// A run is so many steps, each after the other.
    static func worker(_ runs: Int, steps: Int = 10, _ bench: Bench) async throws -> Sample {
        try await bench.withDatabase { database in
            try await database.run(agent(steps: steps))
            var shape = JobShape(.steps)
            shape.agents = 1
            try await database.run(shape.fill(runs))
            try await database.settle()
            let meter = try await Meter.start(database)
            let fleet = WorkerFleet(bench: bench, database: database, concurrency: 100)
            let effort = try await fleet.drain()
            var sample = try await meter.stop(count: runs, clientCPU: effort.cpuSeconds)
            sample[.hotPercent] = nil
            sample[.residentMegabytes] = Double(effort.peakKilobytes) / 1024
            sample[.rate] =
                Double(runs)
                / (try await database.number(
                    "SELECT extract(epoch FROM max(ended_at) - min(started_at)) FROM job_attempts"))
            let completed = try await database.number(
                "SELECT count(*) FROM jobs WHERE state = 'completed'")
            guard Int(completed) == runs else {
                let why = try await database.connection.word(
                    "SELECT max(last_error) FROM jobs")
                throw BenchError("\(Int(completed)) of \(runs) runs completed: \(why)")
            }
            return sample
        }
    }

    private static func agent(steps: Int) -> String {
        """
        INSERT INTO agents (id, user_id, agent_name, status, plugins_required, workflow_steps)
        SELECT '11111111-1111-4111-8111-000000000000', '22222222-2222-4222-8222-000000000000',
            'Idler', 'active', '["idle"]', jsonb_agg(
                jsonb_build_object('id', 'step' || n, 'name', 'Step', 'type', 'action',
                    'plugin', 'idle', 'action', 'none', 'params', '{}'::jsonb)
                || CASE WHEN n > 1
                    THEN jsonb_build_object('dependencies', jsonb_build_array('step' || n - 1))
                    ELSE '{}' END ORDER BY n)
        FROM generate_series(1, \(steps)) AS n
        """
    }

    /// A run is ten inserts, each in a transaction of its own, by eight clients.
    private static func bareSteps(_ runs: Int, _ bench: Bench) async throws -> Sample {
        try await bench.withDatabase(migrated: false) { database in
            try await database.run(
                """
                CREATE TABLE steps (
                    run uuid, step int, output json, at timestamptz DEFAULT clock_timestamp(),
                    PRIMARY KEY (run, step))
                """)
            let script =
                "SELECT gen_random_uuid() AS run \\gset\n"
                + (1...10).map {
                    "INSERT INTO steps VALUES (:run::uuid, \($0), '{\"done\": true}');"
                }.joined(separator: "\n")
            let meter = try await Meter.start(database)
            let end = try await Pgbench(bench: bench, database: database, clients: 8).run(
                script, transactions: runs)
            let done = try await database.number("SELECT count(DISTINCT run) FROM steps")
            var sample = try await meter.stop(count: Int(done), clientCPU: end.cpuSeconds)
            sample[.rate] =
                done
                / (try await database.number(
                    "SELECT extract(epoch FROM max(at) - min(at)) FROM steps"))
            return sample
        }
    }

    private static func peer(
        _ peer: InstalledPeer, _ runs: Int, _ bench: Bench
    ) async throws -> Sample {
        try await bench.withDatabase(migrated: false) { database in
            let meter = try await Meter.start(database)
            let done = try await peer.run("workflow", database, ["\(runs)"])
            var sample = try await meter.stop(count: runs, clientCPU: done.end.cpuSeconds)
            sample[.hotPercent] = nil
            sample[.residentMegabytes] = Double(done.peakKilobytes) / 1024
            guard let seconds = done.output.split(separator: "\n").last.flatMap({ Double($0) })
            else { throw BenchError("no seconds: \(done.output.suffix(200))") }
            sample[.rate] = Double(runs) / seconds
            return sample
        }
    }
}
