import Foundation
import JSON
import TestSupport
import Testing
import WorkerTestSupport

/// FAULTS 2, fault 3: a worker is paused for longer than its lease.
@Suite("Stale workers", .serialized)
struct StaleWorkerTests {
    static let tables = [
        "agent_executions", "agent_logs", "job_attempts", "agent_stats", "token_usage",
        "agent_generation_logs",
    ]

    @Test(
        "a worker that slept through its lease records nothing of the job that another took over",
        arguments: ["generation", "agentkit", "orchestrator"],
        ["hang", "latency:\(2500 * Patience.factor)"])
    func stale(kind: String, fault: String) async throws {
        try await Scene.play { scene in
            try await scene.stub.script([ModelStub.fault(fault, model: "slow", times: 1)])
            let settings = ["AGENT_WORKER_LEASE": Patience.lease(seconds: 1)]
            let stale = try await scene.worker(settings)
            let id = try await scene.anyJob(kind, model: "slow")
            try await eventually("the call at the stub") {
                try await !scene.stub.calls(of: "slow").isEmpty
            }
            stale.terminate(SIGSTOP)
            let other = try await scene.worker(settings)
            let job = try await scene.job(id, reaches: "completed")
            try await other.waitForLine(containing: "job rescued")
            if fault != "hang" {
                // The reply lies ready in the stale worker's socket when it wakes.
                try await eventually("the end of the slow reply") {
                    try await scene.stub.calls(of: "slow").first?["duration_ms"] != .null
                }
            }
            let before = try await counts(scene)
            stale.terminate(SIGCONT)
            try await stale.waitForLine(containing: "job lost: ")
            #expect(try await counts(scene) == before)
            #expect(try await scene.job(id) == job)
            let outcomes = try await scene.attempts(of: id).map { $0["outcome"] ?? .null }
            #expect(outcomes == ["retry", "completed"])
            #expect(try await scene.attempts(of: id).first?["failure_class"] == "crash")
            // It is alive again and serves.
            other.terminate()
            #expect(try await other.waitForExit() == .code(0))
            try await scene.job(try await scene.anyJob(kind), reaches: "completed")
            #expect(stale.isRunning)
        }
    }

    private func counts(_ scene: Scene) async throws -> [Int] {
        var counts: [Int] = []
        for table in Self.tables { counts.append(try await scene.count(table)) }
        return counts
    }
}
