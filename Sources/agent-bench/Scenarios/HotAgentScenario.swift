/// P10: every run updates the same rows.
struct HotAgentScenario: Scenario {
    let number = "P10"
    let name = "hot-agent"
    let title = "recorded jobs all of one agent, against 1,000 agents"

    func contest(_ bench: Bench) async throws -> Contest {
        let jobs = bench.scaled(20_000, atLeast: 600)
        let spread = Drain(bench: bench, shape: JobShape(.recorded), jobs: jobs)
        var hot = spread
        hot.shape.agents = 1
        let oneAgent = hot
        return Contest(
            contestants: [
                Contestant("one agent") { try await oneAgent.byWorkers() },
                Contestant("1,000 agents") { try await spread.byWorkers() },
            ],
            goals: [Goal(.rate, of: "one agent", .ratio(to: "1,000 agents"), .atLeast(0.9))],
            notes: ["\(jobs) jobs"])
    }
}
