/// P15: one user's backlog is not another's.
struct NewcomerScenario: Scenario {
    let number = "P15"
    let name = "newcomer"
    let title = "a user's first job behind another user's backlog"

    private static let nap = 200
    private static let patience = Duration.seconds(10)

    func contest(_ bench: Bench) async throws -> Contest {
        let backlog = bench.scaled(100_000, atLeast: 2_000)
        let behind = "behind \(backlog) of another user"
        return Contest(
            contestants: [
                Contestant(behind) { try await Self.run(backlog, bench) },
                Contestant("alone") { try await Self.run(0, bench) },
            ],
            goals: [
                Goal(
                    .milliseconds, of: behind, .excess(over: "alone"), .atMost(Double(Self.nap)))
            ],
            notes: [
                "jobs of \(Self.nap) ms in 10 slots; ms from the newcomer's INSERT to its claim; at \(Self.patience) it is given up"
            ])
    }

    private static func run(_ backlog: Int, _ bench: Bench) async throws -> Sample {
        try await bench.withDatabase { database in
            var shape = JobShape(.nap)
            shape.agents = 1
            shape.payload = "'{\"nap_ms\": \(nap)}'::jsonb"
            try await database.run(shape.fill(backlog))
            try await database.settle()
            let fleet = WorkerFleet(bench: bench, database: database, concurrency: 10)
            let worker = try fleet.start(untilIdle: false)
            defer { worker.kill() }
            if backlog > 0 {
                try await database.wait(
                    until: "(SELECT count(*) FROM jobs WHERE finished_at IS NOT NULL) >= 20")
            } else {
                try await database.wait(until: "EXISTS (SELECT FROM workers WHERE parked)")
            }
            try await database.run(
                """
                INSERT INTO jobs (kind, payload, user_id)
                VALUES ('\(JobShape.Kind.nap.rawValue)', '{"nap_ms": 0}', 'newcomer')
                """)
            let claimed = "EXISTS (SELECT FROM jobs WHERE user_id = 'newcomer' AND attempt > 0)"
            do {
                try await database.wait(until: claimed, within: patience)
            } catch is BenchError {
                return Sample([.milliseconds: patience / .milliseconds(1)])
            }
            return Sample([
                .milliseconds: try await database.number(
                    """
                    SELECT extract(epoch FROM claimed_at - created_at) * 1000 FROM jobs
                    WHERE user_id = 'newcomer'
                    """)
            ])
        }
    }
}
