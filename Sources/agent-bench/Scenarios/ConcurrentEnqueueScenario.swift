/// P5: what our triggers cost an application that enqueues while workers listen.
struct ConcurrentEnqueueScenario: Scenario {
    let number = "P5"
    let name = "enqueue"
    let title = "single enqueues by 16 upstream sessions, a worker listening"

    func contest(_ bench: Bench) async throws -> Contest {
        let seconds = bench.scaled(15, atLeast: 2)
        func contestant(
            _ name: String, triggers: Bool, queue: String = "default", poll: String = "10s"
        ) -> Contestant {
            Contestant(name) {
                try await Self.insert(
                    bench, seconds, triggers: triggers, queue: queue, poll: poll)
            }
        }
        return Contest(
            contestants: [
                contestant("INSERT", triggers: true),
                contestant("without triggers", triggers: false),
                // The worker runs what comes, as it does where triggers wake it.
                contestant("without triggers, polled", triggers: false, poll: "100ms"),
                contestant("INSERT, an idle worker of another queue", triggers: true, queue: "q"),
                contestant("without triggers, the same", triggers: false, queue: "q"),
            ],
            goals: [
                Goal(.rate, of: "INSERT", .ratio(to: "without triggers"), .atLeast(0.9)),
                Goal(.rate, of: "INSERT", .ratio(to: "without triggers, polled"), .atLeast(0.9)),
                Goal(
                    .rate, of: "INSERT, an idle worker of another queue",
                    .ratio(to: "without triggers, the same"), .atLeast(0.9)),
            ],
            notes: [
                "\(seconds) s each; in the first the worker runs what is inserted as it comes, in the second every ten seconds, in the third every tenth of one",
                "published: NOTIFY in every enqueue costs others 2.6–7.6 ×",
            ])
    }

    private static func insert(
        _ bench: Bench, _ seconds: Int, triggers: Bool, queue: String, poll: String
    ) async throws -> Sample {
        try await bench.withDatabase { database in
            if !triggers { try await database.run("ALTER TABLE jobs DISABLE TRIGGER USER") }
            var fleet = WorkerFleet(bench: bench, database: database, concurrency: 100)
            fleet.environment = [
                "AGENT_WORKER_QUEUES": queue, "AGENT_WORKER_POLL_INTERVAL": poll,
            ]
            return try await fleet.whileListening { _ in
                let meter = try await Meter.start(database)
                let rate = try await Pgbench(bench: bench, database: database, clients: 16).rate(
                    """
                    INSERT INTO jobs (kind, payload, user_id)
                    VALUES ('\(JobShape.Kind.noOp.rawValue)',
                        '{"note": "\(String(repeating: "x", count: 120))"}', 'u1');
                    """, seconds: seconds)
                var sample = try await meter.stop(
                    count: max(1, Int(rate * Double(seconds))), clientCPU: 0)
                sample[.clientMicros] = nil
                sample[.perCPUSecond] = nil
                sample[.deadTuples] = nil
                sample[.walBytes] = nil
                sample[.rate] = rate
                return sample
            }
        }
    }
}
