import Foundation
import JSON
import TestSupport
import Testing
import WorkerTestSupport

@Suite("Cancelling", .serialized)
struct CancelTests {
    @Test("a job that was never claimed is cancelled at once and records nothing")
    func queued() async throws {
        try await Scene.play { scene in
            let id = try await scene.anyJob("agentkit")
            let answer = try await scene.enqueue("cancel", "\(id)")
            #expect(answer.line == "cancelled" && answer.exit == .code(0))
            let job = try await scene.job(id)
            #expect(job["state"] == "cancelled" && job["finished_at"] != .null)
            #expect(try await scene.count("agent_executions") == 0)
            #expect(try await scene.count("job_attempts") == 0)
            #expect(try await scene.cancel(id) == "already cancelled")
        }
    }

    @Test(
        "a running job's model call is cut off, and the run is on record as cancelled",
        arguments: ["generation", "agentkit", "orchestrator"])
    func running(kind: String) async throws {
        try await Scene.play { scene in
            try await scene.stub.script([ModelStub.fault("hang", model: "stuck")])
            // The notification, not the heartbeat, makes it prompt.
            try await scene.worker(["AGENT_WORKER_LEASE": "60s"])
            let id = try await scene.anyJob(kind, model: "stuck")
            try await eventually("the call at the stub") {
                try await !scene.stub.calls(of: "stuck").isEmpty
            }
            #expect(try await scene.cancel(id) == "cancelling")
            try await eventually(within: .seconds(5), "the end of the connection at the stub") {
                try await scene.stub.calls(of: "stuck").first?["client_closed"] == true
            }
            let job = try await scene.job(id, reaches: "cancelled")
            #expect(job["attempt"] == 1)
            let call = try await scene.calls(of: id).first ?? .null
            #expect(call["status"] == "unknown")
            #expect(call["output_tokens"] == .null && call["total_tokens"] != 1)
            #expect((call["estimated_input_tokens"]?.intValue ?? 0) > 0)
            let attempts = try await scene.attempts(of: id)
            #expect(attempts.map { $0["outcome"] ?? .null } == ["cancelled"])
            #expect(attempts.first?["failure_class"] == "cancelled")
            if kind == "generation" {
                let log = try await scene.generationLog(of: id)
                #expect(log["success"] == false && log["error_message"] == "cancelled")
            } else {
                let execution = try await scene.execution(of: id)
                #expect(execution["status"] == "failed")
                #expect(execution["error_message"] == "cancelled")
            }
            #expect(try await scene.calls(of: id).count == 1)
        }
    }

    @Test("a job that waits for its retry is cancelled at once, and its attempts stay on record")
    func betweenAttempts() async throws {
        try await Scene.play { scene in
            try await scene.stub.script([ModelStub.fault("status:500", model: "broken")])
            try await scene.worker(["AGENT_WORKER_RETRY_BASE": "600s"])
            let id = try await scene.anyJob("agentkit", model: "broken")
            try await eventually("the first attempt's end") {
                try await scene.attempts(of: id).count == 1
            }
            #expect(try await scene.cancel(id) == "cancelled")
            let execution = try await scene.execution(of: id)
            #expect(execution["status"] == "failed")
            #expect(execution["error_message"] == "cancelled")
        }
    }

    @Test("a job whose worker died is cancelled by its rescue")
    func orphan() async throws {
        try await Scene.play { scene in
            try await scene.stub.script([ModelStub.fault("hang", model: "stuck")])
            let dead = try await scene.worker(["AGENT_WORKER_LEASE": Patience.lease(seconds: 1)])
            let id = try await scene.anyJob("orchestrator", model: "stuck")
            try await eventually("the call at the stub") {
                try await !scene.stub.calls(of: "stuck").isEmpty
            }
            dead.terminate(SIGKILL)
            try await dead.waitForExit()
            #expect(try await scene.cancel(id) == "cancelling")
            try await scene.worker(["AGENT_WORKER_LEASE": Patience.lease(seconds: 1)])
            try await scene.job(id, reaches: "cancelled")
            #expect(try await scene.execution(of: id)["error_message"] == "cancelled")
            #expect(try await scene.calls(of: id).map { $0["status"] ?? .null } == ["unknown"])
        }
    }
}
