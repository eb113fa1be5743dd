/// G: what one job costs both sides when there is more of something else. The goals are those of a cost
/// that grows with the logarithm at most.
struct GrowthScenario: Scenario {
    private static let many = 10_000

    let number = "G"
    let name = "growth"
    let title = "what a job costs, by backlog, users, agents, workers and steps of a run"

    func contest(_ bench: Bench) async throws -> Contest {
        // One for each of the users or agents, at the least.
        let jobs = bench.scaled(20_000, atLeast: Self.many)
        let runs = jobs / 100
        /// A drain; of no-op jobs, agents are users.
        func drain(
            _ name: String, _ kind: JobShape.Kind, of agents: Int = 1_000, times: Int = 1,
            workers: Int = 1
        ) -> Contestant {
            var shape = JobShape(kind)
            shape.agents = agents
            let drain = Drain(bench: bench, shape: shape, jobs: jobs * times)
            return Contestant(name) { try await drain.byWorkers(workers) }
        }
        return Contest(
            contestants: [
                drain("no-op, 1,000 users", .noOp),
                drain("10 times the backlog", .noOp, times: 10),
                drain("1 user", .noOp, of: 1),
                drain("10,000 users", .noOp, of: Self.many),
                drain("recorded, 1,000 agents", .recorded),
                drain("1 agent", .recorded, of: 1),
                drain("10,000 agents", .recorded, of: Self.many),
                drain("4 workers", .recorded, workers: 4),
                Contestant("a step of runs of 10") {
                    try await Self.perStep(runs: runs * 10, steps: 10, bench)
                },
                Contestant("a step of runs of 100") {
                    try await Self.perStep(runs: runs, steps: 100, bench)
                },
            ],
            goals: [
                Self.goal("10 times the backlog", "no-op, 1,000 users"),
                Self.goal("1 user", "no-op, 1,000 users"),
                Self.goal("10,000 users", "no-op, 1,000 users"),
                Self.goal("1 agent", "recorded, 1,000 agents"),
                Self.goal("10,000 agents", "recorded, 1,000 agents"),
                Self.goal("4 workers", "recorded, 1,000 agents"),
                Self.goal("a step of runs of 100", "a step of runs of 10"),
            ],
            notes: [
                "\(jobs) jobs, \(jobs * 10) in the larger backlog; \(runs * 100) steps of each; finished and future jobs: see P8"
            ])
    }

    /// A quarter more at most.
    private static func goal(_ grown: String, _ base: String) -> Goal {
        Goal(.perCPUSecond, of: grown, .ratio(to: base), .atLeast(0.8))
    }

    /// The figures of runs, told per step.
    private static func perStep(runs: Int, steps: Int, _ bench: Bench) async throws -> Sample {
        let perRun = try await StepsScenario.worker(runs, steps: steps, bench)
        let each = Double(steps)
        var sample = Sample()
        sample[.rate] = perRun[.rate].map { $0 * each }
        sample[.clientMicros] = perRun[.clientMicros].map { $0 / each }
        sample[.serverMicros] = perRun[.serverMicros].map { $0 / each }
        sample[.perCPUSecond] = perRun[.perCPUSecond].map { $0 * each }
        sample[.walBytes] = perRun[.walBytes].map { $0 / each }
        return sample
    }
}
