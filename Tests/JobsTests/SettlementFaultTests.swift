import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import TestSupport
import Testing

/// I4: whatever fails during a settlement, all of it happens or nothing.
@Suite("settlement faults", .serialized, .timeLimit(.minutes(2)))
struct SettlementFaultTests {
    static let database = SuiteDatabase(migrated: true)

    /// Every table that a settlement writes.
    static let tables = [
        "jobs", "token_usage", "job_attempts", "agent_executions", "agent_logs", "agent_stats",
        "agent_intensity_metrics", "agents", "agent_generation_logs", "agent_token_baselines",
    ]

    enum Moment: String, CaseIterable, Sendable {
        case before, after, commit

        func trigger(on table: String) -> String {
            let timing =
                switch self {
                case .before: "TRIGGER fault BEFORE INSERT OR UPDATE ON \(table)"
                case .after: "TRIGGER fault AFTER INSERT OR UPDATE ON \(table)"
                case .commit:
                    """
                    CONSTRAINT TRIGGER fault AFTER INSERT OR UPDATE ON \(table)
                    DEFERRABLE INITIALLY DEFERRED
                    """
                }
            return "CREATE \(timing) FOR EACH ROW EXECUTE FUNCTION fail_here()"
        }
    }

    private static let fault = """
        CREATE OR REPLACE FUNCTION fail_here() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the injected fault'; END $$;
        """

    @Test(
        "an error between any two statements of a settlement leaves nothing of it",
        arguments: tables, Moment.allCases)
    func settlement(table: String, moment: Moment) async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let settlements = try await batch(fixture)
            // No settlement writes the baseline: closing a call does, and nothing may depend on it.
            let isWritten = table != "agent_token_baselines"
            try await check(fixture, table, moment, fails: isWritten) {
                Set(try await fixture.queue.settle(settlements).values.map(\.verdict)) == [.done]
            }
            #expect(try await fixture.count("job_attempts") == settlements.count)
        }
    }

    @Test(
        "a job whose records cannot be written stays as it was, and the rescue takes the others",
        arguments: tables)
    func rescue(table: String) async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let jobs = try await batch(fixture, maxAttempts: 1)
            try await fixture.kill(fixture.worker)
            try await inject(fixture, table, .after)
            let before = try await fixture.snapshot()
            let rescued = try await rescue(fixture)
            let stuck = rescued.filter { $0.state == "stuck" }
            let expected =
                switch table {
                case "jobs", "job_attempts", "token_usage": 9
                case "agent_generation_logs": 3
                case "agent_token_baselines": 0
                default: 6
                }
            #expect(rescued.count == jobs.count && stuck.count == expected)
            #expect(stuck.allSatisfy { $0.error == "the injected fault [P0001]" })
            #expect(try await fixture.count("jobs WHERE state = 'running'") == stuck.count)
            #expect(try await fixture.count("job_attempts") == jobs.count - stuck.count)
            #expect(
                try await fixture.count("token_usage WHERE status = 'pending'") == stuck.count)
            if stuck.count == jobs.count { #expect(try await fixture.snapshot() == before) }
            #expect(try await fixture.violations() == [])
            try await fixture.connection.execute(script: "DROP FUNCTION fail_here CASCADE")
            #expect(
                try await rescue(fixture).map(\.state)
                    == [String](repeating: "failed", count: stuck.count))
        }
    }

    @Test("a rescue whose COMMIT fails leaves nothing of it")
    func rescueCommit() async throws {
        try await QueueFixture.run(in: Self.database) { fixture in
            let jobs = try await batch(fixture, maxAttempts: 1)
            try await fixture.kill(fixture.worker)
            try await check(fixture, "agent_stats", .commit, fails: true) {
                try await rescue(fixture).count == jobs.count
            }
        }
    }

    private func rescue(_ fixture: QueueFixture) async throws -> [RescuedJob] {
        try await fixture.queue.rescue(limit: 100, rescuer: UUID(), held: [])
    }

    private func inject(
        _ fixture: QueueFixture, _ table: String, _ moment: Moment
    ) async throws {
        try await fixture.connection.execute(script: Self.fault + moment.trigger(on: table))
    }

    /// With the fault in place `action` throws and changes nothing; without it, it succeeds.
    private func check(
        _ fixture: QueueFixture, _ table: String, _ moment: Moment, fails: Bool,
        _ action: () async throws -> Bool
    ) async throws {
        try await inject(fixture, table, moment)
        let before = try await fixture.snapshot()
        if fails {
            let error = await #expect(throws: PostgresError.self) { _ = try await action() }
            #expect(error?.message == "the injected fault")
            #expect(error?.outcomeUnknown == false)
            #expect(try await fixture.snapshot() == before)
            #expect(try await fixture.violations() == [])
        }
        try await fixture.connection.execute(script: "DROP FUNCTION fail_here CASCADE")
        #expect(try await action())
    }

    /// Running jobs of every kind and the ends of their attempts, among them some not final.
    private func batch(
        _ fixture: QueueFixture, maxAttempts: Int = 3
    ) async throws -> [Settlement] {
        var settlements: [Settlement] = []
        let outcomes: [Outcome] = [.completed, .failed, .retry(after: .zero)]
        for kind in JobKind.allCases {
            for outcome in outcomes {
                let job = try await fixture.claimed(kind, maxAttempts: maxAttempts)
                try await fixture.spend(job, input: 100, output: 10)
                try await fixture.spend(job, status: "pending")
                settlements.append(
                    Settlement(
                        jobID: job.id, attemptID: job.attemptID, outcome: outcome,
                        failure: outcome == .completed
                            ? nil : RunFailure(.provider, code: "C", message: "m"),
                        output: ["done": true], generation: ["agent": ["name": "a"]]))
            }
        }
        return settlements
    }
}
