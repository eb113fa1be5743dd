import FoundationEssentials
import JSON
import Jobs

/// P2: what a finished run costs with everything it records.
struct RecordedScenario: Scenario {
    let number = "P2"
    let name = "recorded"
    let title = "drain recorded jobs: claim, the four operations, ledger row, settlement"

    func contest(_ bench: Bench) async throws -> Contest {
        let jobs = bench.scaled(100, atLeast: 3) * 2 * BareTables.batch
        let drain = Drain(bench: bench, shape: JobShape(.recorded), jobs: jobs)
        let statements = try await WorkerStatements.rehearse(
            bench, kind: drain.shape, batch: BareTables.batch)
        return Contest(
            contestants: [
                Contestant("agent-worker") { try await drain.byWorkers() },
                Contestant(DrainScenario.limit) {
                    try await drain.byLimit(statements, element: Self.element)
                },
                Contestant(DrainScenario.bare) {
                    try await BareTables(recorded: true).drain(jobs, bench)
                },
            ],
            goals: [
                Goal(.rate, of: "agent-worker", .ratio(to: DrainScenario.limit), .atLeast(0.8)),
                Goal(.rate, of: "agent-worker", .ratio(to: DrainScenario.bare), .atLeast(0.8)),
                // 1.2 × River's published no-op 10,000; 1 × its 175 µs.
                Goal(.rate, of: "agent-worker", .alone, .atLeast(12_000)),
                Goal(.perCPUSecond, of: "agent-worker", .alone, .atLeast(1e6 / 175)),
            ],
            notes: [
                "\(jobs) jobs of 1,000 agents",
                "published, quiet machine: River's bare no-op, tuned, 10,000 jobs/s, 49 + 126 µs; nobody else records anything",
            ])
    }

    /// The worker's own settlement, as a pattern for the bare client.
    private static var element: String {
        let settlement = Settlement(
            jobID: 0, attemptID: UUID(), outcome: .completed, output: "done",
            run: RecordedHandler.report)
        var members = settlement.json.objectValue ?? [:]
        members["job_id"] = nil
        members["attempt_id"] = nil
        let rest = JSONValue.object(members).serialized
            .replacing("%", with: "%%")
        return #"{"job_id":%i,"attempt_id":"%a","# + rest.dropFirst()
    }
}
