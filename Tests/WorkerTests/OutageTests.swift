import Foundation
import JSON
import TestSupport
import Testing
import WorkerTestSupport

/// FAULTS 2, faults 6, 16 and 18: the database goes away.
@Suite("Database outages", .serialized)
struct OutageTests {
    @Test("a worker waits for a database that is down, says so, and serves when it comes")
    func downAtStart() async throws {
        try await PrivateServer.run { server in
            try await server.crash()
            try await Scene.play(on: server) { scene in
                let worker = try scene.startWorker()
                try await worker.waitForLine(containing: "database is not reachable, trying again")
                try await server.revive()
                try await worker.waitForLine(containing: "worker ready")
                try await scene.job(try await scene.generation(), reaches: "completed")
            }
        }
    }

    @Test("SIGTERM while the database is down ends a worker within five seconds")
    func stopWhileDown() async throws {
        try await PrivateServer.run { server in
            try await Scene.play(on: server) { scene in
                let idle = try await scene.worker()
                try await server.crash()
                let starting = try scene.startWorker()
                try await starting.waitForLine(containing: "database is not reachable")
                try await idle.waitForLine(containing: "heartbeat failed")
                for worker in [idle, starting] {
                    worker.terminate()
                    #expect(try await worker.waitForExit(timeout: .seconds(5)) == .code(0))
                }
                try await server.revive()
            }
        }
    }

    @Test("SIGTERM while the database is down and a job runs ends within the drain and its grace")
    func stopWhileDownAndBusy() async throws {
        try await PrivateServer.run { server in
            try await Scene.play(on: server) { scene in
                try await scene.stub.script([ModelStub.fault("hang", model: "stuck", times: 1)])
                let worker = try await scene.worker(["AGENT_WORKER_DRAIN_TIMEOUT": "1s"])
                let id = try await scene.anyJob("agentkit", model: "stuck")
                try await eventually("the call at the stub") {
                    try await !scene.stub.calls(of: "stuck").isEmpty
                }
                try await server.crash()
                worker.terminate()
                #expect(try await worker.waitForExit(timeout: .seconds(18)) == .code(0))
                try await server.revive()
                // It could not give the job back; another takes it.
                try await scene.worker()
                try await scene.job(id, reaches: "completed")
            }
        }
    }

    @Test("a database that crashes in mid load is survived by the workers and loses no job")
    func crashes() async throws {
        try await PrivateServer.run { server in
            try await Scene.play(on: server, stub: ["--latency", "60ms"]) { scene in
                let worker = try await scene.worker(["AGENT_WORKER_CONCURRENCY": "5"])
                var jobs: [Int64] = []
                for number in 0..<45 {
                    let kind = ["generation", "agentkit", "orchestrator"][number % 3]
                    jobs.append(try await scene.anyJob(kind, maxAttempts: 20))
                }
                for crash in 1...2 {
                    try await eventually(within: .seconds(40), "some jobs before crash \(crash)") {
                        try await scene.count("jobs", where: "finished_at IS NOT NULL")
                            >= crash * 8
                    }
                    try await server.crash()
                    try await server.revive()
                }
                for id in jobs {
                    let job = try await scene.end(of: id, within: .seconds(60))
                    #expect(job["state"] == "completed", "\(job.serialized)")
                }
                #expect(worker.isRunning)
                #expect(try await scene.count("agent_executions") == 30)
                #expect(try await scene.count("agent_logs") == 30)
                #expect(try await scene.count("agent_generation_logs") == 15)
                #expect(try await scene.count("token_usage", where: "status = 'pending'") == 0)
            }
        }
    }

    @Test("a worker whose connections are all cut goes on")
    func terminatedBackends() async throws {
        try await Scene.play(stub: ["--latency", "60ms"]) { scene in
            let worker = try await scene.worker(["AGENT_WORKER_CONCURRENCY": "4"])
            var jobs: [Int64] = []
            for _ in 0..<20 { jobs.append(try await scene.anyJob("agentkit", maxAttempts: 20)) }
            for round in 1...4 {
                try await eventually(within: .seconds(40), "jobs before round \(round)") {
                    try await scene.count("jobs", where: "finished_at IS NOT NULL") >= round * 3
                }
                try await scene.pool.query(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE application_name = 'agent-worker' AND datname = current_database()
                    """)
            }
            for id in jobs { try await scene.job(id, reaches: "completed") }
            #expect(worker.isRunning)
            #expect(try await scene.count("agent_executions") == 20)
        }
    }
}
