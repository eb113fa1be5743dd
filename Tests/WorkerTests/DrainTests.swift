import Foundation
import JSON
import TestSupport
import Testing
import WorkerTestSupport

/// Invariant I10.
@Suite("Stopping", .serialized)
struct DrainTests {
    @Test("SIGTERM lets a running job end, claims no more, and exits 0")
    func drain() async throws {
        try await Scene.play(stub: ["--latency", "1500ms"]) { scene in
            let worker = try await scene.worker(["AGENT_WORKER_CONCURRENCY": "1"])
            let running = try await scene.anyJob("agentkit")
            try await scene.job(running, reaches: "running")
            let waiting = try await scene.anyJob("agentkit")
            worker.terminate()
            try await worker.waitForLine(containing: "stopping: draining")
            #expect(try await worker.waitForExit() == .code(0))
            #expect(try await scene.job(running)["state"] == "completed")
            let other = try await scene.job(waiting)
            #expect(other["state"] == "available" && other["attempt"] == 0)
            #expect(try await scene.count("workers") == 0)
        }
    }

    @Test("what runs beyond the drain timeout is given back without using an attempt")
    func interrupted() async throws {
        try await Scene.play { scene in
            try await scene.stub.script([ModelStub.fault("hang", model: "stuck", times: 3)])
            let worker = try await scene.worker(["AGENT_WORKER_DRAIN_TIMEOUT": "500ms"])
            var jobs: [Int64] = []
            for kind in ["generation", "agentkit", "orchestrator"] {
                jobs.append(try await scene.anyJob(kind, model: "stuck", maxAttempts: 1))
            }
            try await eventually("the calls at the stub") {
                try await scene.stub.calls(of: "stuck").count == 3
            }
            worker.terminate()
            #expect(try await worker.waitForExit() == .code(0))
            try await expectGivenBack(scene, jobs)
            // The next worker runs them, on what is still their first attempt.
            try await scene.worker()
            for id in jobs {
                let job = try await scene.job(id, reaches: "completed")
                #expect(job["attempt"] == 1)
            }
            #expect(try await scene.count("agent_executions", where: "retry_count = 0") == 2)
        }
    }

    @Test("a second SIGTERM interrupts at once")
    func secondSignal() async throws {
        try await Scene.play { scene in
            try await scene.stub.script([ModelStub.fault("hang", model: "stuck")])
            let worker = try await scene.worker(["AGENT_WORKER_DRAIN_TIMEOUT": "600s"])
            let id = try await scene.anyJob("orchestrator", model: "stuck")
            try await eventually("the call at the stub") {
                try await !scene.stub.calls(of: "stuck").isEmpty
            }
            worker.terminate()
            try await worker.waitForLine(containing: "stopping: draining")
            #expect(worker.isRunning)
            worker.terminate()
            #expect(try await worker.waitForExit(timeout: .seconds(8)) == .code(0))
            try await expectGivenBack(scene, [id])
        }
    }

    @Test("an idle worker stops at once")
    func idle() async throws {
        try await Scene.play { scene in
            let worker = try await scene.worker(["AGENT_WORKER_POLL_INTERVAL": "60s"])
            worker.terminate(SIGINT)
            #expect(try await worker.waitForExit(timeout: .seconds(5)) == .code(0))
        }
    }

    private func expectGivenBack(_ scene: Scene, _ jobs: [Int64]) async throws {
        for id in jobs {
            let job = try await scene.job(id)
            #expect(job["state"] == "available" && job["attempt"] == 0, "\(job.serialized)")
            let attempts = try await scene.attempts(of: id)
            #expect(attempts.map { $0["outcome"] ?? .null } == ["interrupt"])
            #expect(attempts.first?["failure_class"] == "shutdown")
            #expect(try await scene.calls(of: id).map { $0["status"] ?? .null } == ["unknown"])
            #expect(try await scene.execution(of: id) == .null)
        }
    }
}
