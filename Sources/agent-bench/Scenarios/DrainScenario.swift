/// P1: what the queue itself costs.
struct DrainScenario: Scenario {
    let number = "P1"
    let name = "drain"
    let title = "drain no-op jobs, one worker process: claim, fenced settlement, ledger row"

    static let limit = "same SQL, bare client"
    static let bare = "bare tables, pgbench"

    func contest(_ bench: Bench) async throws -> Contest {
        // Whole batches for two clients.
        let jobs = bench.scaled(300, atLeast: 5) * 2 * BareTables.batch
        let drain = Drain(bench: bench, shape: JobShape(.noOp), jobs: jobs)
        let statements = try await WorkerStatements.rehearse(
            bench, kind: drain.shape, batch: BareTables.batch)
        let peers = await bench.peers.install(PeerCatalog(bench: bench).queues)
        let contestants =
            [
                Contestant("agent-worker") { try await drain.byWorkers() },
                Contestant(Self.limit) {
                    try await drain.byLimit(
                        statements,
                        element: #"{"job_id":%i,"attempt_id":"%a","outcome":"completed"}"#)
                },
                Contestant(Self.bare) { try await BareTables(recorded: false).drain(jobs, bench) },
            ]
            + peers.installed.map { peer in
                Contestant(peer.name) { try await peer.drain(max(200, jobs / 20)) }
            }
        return Contest(
            contestants: contestants,
            goals: [
                Goal(.rate, of: "agent-worker", .ratio(to: Self.limit), .atLeast(0.8)),
                Goal(.rate, of: "agent-worker", .ratio(to: Self.bare), .atLeast(0.8)),
                // 1.5 × the published 18,000; 0.65 × the published 77 µs.
                Goal(.rate, of: "agent-worker", .alone, .atLeast(27_000)),
                Goal(.perCPUSecond, of: "agent-worker", .alone, .atLeast(1e6 / (0.65 * 77))),
            ],
            notes: [
                "\(jobs) jobs, peers \(max(200, jobs / 20)); the bare clients' batches are of \(BareTables.batch), the worker's of what is free",
                "published, quiet machine, jobs/s and µs client + Postgres: graphile-worker batched 18,000–23,000, 42 + 35; River tuned 10,000, 49 + 126; pg-boss 10,600–13,000, 36 + 158",
            ],
            absent: peers.absent)
    }
}
