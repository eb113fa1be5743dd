import JSON
import TestSupport
import Testing
import WorkerTestSupport

@Suite("Several workers", .serialized)
struct FleetTests {
    @Test("two workers do two hundred jobs once each, and both work")
    func twoWorkers() async throws {
        try await Scene.play(stub: ["--latency", "5ms"]) { scene in
            let agent = try await scene.agent()
            try await scene.pool.query(
                """
                INSERT INTO jobs (kind, user_id, agent_id)
                SELECT 'agentkit', $1, $2 FROM generate_series(1, 200)
                """, [.text(Scene.user), .uuid(agent)])
            let settings = [
                "AGENT_WORKER_CONCURRENCY": "5", "AGENT_WORKER_LEASE": Patience.lease(seconds: 10),
            ]
            let workers = [
                try scene.startWorker(settings, ["--until-idle"]),
                try scene.startWorker(settings, ["--until-idle"]),
            ]
            for worker in workers {
                #expect(try await worker.waitForExit(timeout: .seconds(60)) == .code(0))
            }
            #expect(try await scene.count("jobs", where: "state = 'completed'") == 200)
            #expect(try await scene.count("job_attempts") == 200)
            #expect(try await scene.count("agent_executions") == 200)
            let stats = try await scene.row("SELECT * FROM agent_stats")
            #expect(stats["run_count"] == 200 && stats["success_count"] == 200)
            let shares = try await scene.rows(
                "SELECT worker_id, count(*) AS jobs FROM job_attempts GROUP BY worker_id")
            #expect(shares.count == 2, "\(shares)")
            #expect(try await scene.stub.requests()["total"] == 200)
        }
    }

    @Test("an idle worker with a long poll interval takes a new job within a second")
    func notified() async throws {
        try await Scene.play { scene in
            try await scene.worker(["AGENT_WORKER_POLL_INTERVAL": "60s"])
            for round in 1...3 {
                try await eventually("the worker parked before round \(round)") {
                    try await scene.count("workers", where: "parked") == 1
                }
                let id = try await scene.generation()
                try await scene.job(id, reaches: "completed", within: .seconds(20))
                let pickup = try await scene.row(
                    """
                    SELECT extract(epoch FROM claimed_at - created_at)::float8 AS seconds
                    FROM jobs WHERE id = $1
                    """, [.int64(id)])
                #expect((pickup["seconds"]?.doubleValue ?? 99) < 1, "round \(round)")
            }
        }
    }
}
