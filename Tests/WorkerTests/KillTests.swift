import Foundation
import JSON
import TestSupport
import Testing
import WorkerTestSupport

/// FAULTS 2, fault 1: the worker is killed in the middle of its work, again and again.
@Suite("Killed workers", .serialized)
struct KillTests {
    static let kills = 20

    @Test("twenty kills at random moments lose no job, double none, and break no invariant")
    func killed() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        print("kill test: seed \(seed)")
        try await Scene.play(stub: ["--latency", "50ms", "--seed", "\(seed)"]) { scene in
            try await watchEnds(scene)
            let settings = [
                "AGENT_WORKER_LEASE": Patience.lease(seconds: 1), "AGENT_WORKER_CONCURRENCY": "6",
                "AGENT_WORKER_PLUGINS": try scene.plugins(),
            ]
            let agent = try await scene.agent(
                plugins: ["shop"], workflow: try Self.workflow(), prompt: "List the items")
            var jobs = try await enqueue(30, scene, agent)
            var broken: [String] = []
            for kill in 1...Self.kills {
                let worker = try await scene.worker(settings)
                // Enough work that every kill finds some.
                if try await scene.count("jobs", where: "finished_at IS NULL") < 8 {
                    jobs += try await enqueue(6, scene, agent)
                }
                try await eventually(within: .seconds(30), "a running job before kill \(kill)") {
                    try await scene.count(
                        "jobs j JOIN workers w ON w.id = j.worker_id",
                        where: "j.state = 'running' AND w.pid = \(worker.pid)") > 0
                }
                let moment =
                    ContinuousClock.now + .milliseconds(.random(in: 0..<250, using: &random))
                try await eventually("the moment of kill \(kill)") { .now >= moment }
                worker.terminate(SIGKILL)
                try await worker.waitForExit()
                broken += try await scene.violations()
            }
            try await scene.worker(settings)
            for id in jobs { _ = try await scene.end(of: id, within: .seconds(60)) }
            try await expectWhole(scene, jobs, broken)
        }
    }

    /// A third each; some have one attempt only, so that rescue ends them.
    private func enqueue(_ count: Int, _ scene: Scene, _ agent: UUID) async throws -> [Int64] {
        var ids: [Int64] = []
        for number in 0..<count {
            let most = number % 5 == 4 ? 1 : 100
            switch number % 3 {
            case 0: ids.append(try await scene.generation(maxAttempts: most))
            case 1: ids.append(try await scene.job("agentkit", agent: agent, maxAttempts: most))
            default:
                ids.append(
                    try await scene.job(
                        "orchestrator", ["input_values": ["count": 2]], agent: agent,
                        maxAttempts: most))
            }
        }
        return ids
    }

    /// Counts how often each job comes to an end, which only a trigger sees.
    private func watchEnds(_ scene: Scene) async throws {
        try await scene.pool.withConnection {
            try await $0.execute(
                script: """
                    CREATE TABLE job_ends (job_id bigint);
                    CREATE FUNCTION note_job_end() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN
                        INSERT INTO public.job_ends VALUES (NEW.id);
                        RETURN NULL;
                    END $$;
                    CREATE TRIGGER note_job_end AFTER UPDATE ON jobs FOR EACH ROW
                    WHEN (NEW.finished_at IS NOT NULL) EXECUTE FUNCTION note_job_end();
                    """)
        }
    }

    private func expectWhole(
        _ scene: Scene, _ jobs: [Int64], _ broken: [String]
    ) async throws {
        let lost = jobs.count - (try await scene.count("jobs", where: "finished_at IS NOT NULL"))
        let doubled = try await scene.count(
            "(SELECT job_id FROM job_ends GROUP BY job_id HAVING count(*) > 1) AS twice")
        let asked = try await scene.stub.requests()["byPath"]?["/v1/chat/completions"]?.intValue
        let states = try await scene.rows(
            "SELECT state, count(*) AS n FROM jobs GROUP BY state ORDER BY state")
        let outcomes = try await scene.rows(
            "SELECT outcome, count(*) AS n FROM job_attempts GROUP BY outcome ORDER BY outcome")
        let calls = try await scene.rows(
            "SELECT status, count(*) AS n FROM token_usage GROUP BY status ORDER BY status")
        let recorded = try await scene.count("token_usage")
        print(
            """
            kill test: kills \(Self.kills) | jobs \(jobs.count) | lost \(lost) | \
            doubled \(doubled) | violations \(broken.count)
            states    \(states.map(\.serialized).joined(separator: " "))
            attempts  \(outcomes.map(\.serialized).joined(separator: " "))
            calls     \(calls.map(\.serialized).joined(separator: " ")), asked \(asked ?? -1)
            """)
        #expect(lost == 0)
        #expect(doubled == 0)
        #expect(broken.isEmpty, "\(broken)")
        #expect(try await scene.count("jobs") == jobs.count)
        #expect(try await scene.count("token_usage", where: "status = 'pending'") == 0)
        // Every request that reached the provider had its intent committed before.
        #expect(recorded >= asked ?? Int.max)
        let rescued = try await scene.count("job_attempts", where: "failure_class = 'crash'")
        #expect(rescued > 0, "no kill met a running job")
    }

    static func workflow() throws -> JSONValue {
        let path = PackageRoot.path("Tests/WorkerTests/Resources/workflow.json")
        return try JSONValue(parsing: Array(try Data(contentsOf: URL(filePath: path))))
    }
}
