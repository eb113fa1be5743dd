import Foundation
import JSON
import TestSupport
import Testing
import WorkerTestSupport

/// A run that waits for a person, who has time.
@Suite("Approvals", .serialized)
struct ApprovalTests {
    static let workflow: JSONValue = [
        ["id": "think", "type": "llm_decision", "prompt": "Decide"],
        [
            "id": "ask", "type": "human_approval", "title": "Go on?", "approvers": ["ann"],
            "approvalType": "any",
            "dependencies": ["think"],
        ],
        [
            "id": "conclude", "type": "llm_decision", "prompt": "Conclude",
            "dependencies": ["ask"],
        ],
    ]

    private func waitingJob(_ scene: Scene) async throws -> Int64 {
        let id = try await scene.job(
            "orchestrator", agent: try await scene.agent(workflow: Self.workflow))
        try await scene.job(id, reaches: "waiting")
        #expect(try await scene.calls(of: id).count == 1)
        return id
    }

    @Test("an approval waits across a worker's end and a crash of the database, and costs nothing")
    func restarts() async throws {
        try await PrivateServer.run { server in
            try await Scene.play(on: server) { scene in
                let worker = try await scene.worker()
                let id = try await waitingJob(scene)
                worker.terminate(SIGKILL)
                try await server.crash()
                try await server.revive()
                try await scene.worker()
                #expect(try await scene.job(id)["state"] == "waiting")
                let approved = try await scene.enqueue(
                    "approve", "\(id)", "--decision", "approve", "--approver", "ann")
                #expect(approved.line == "resumed" && approved.exit == .code(0))
                let job = try await scene.job(id, reaches: "completed")
                #expect(job["attempt"] == 1)
                // One call before the wait, one after it, and neither twice.
                #expect(try await scene.calls(of: id).count == 2)
                #expect(
                    try await scene.attempts(of: id).map { $0["outcome"] } == ["wait", "completed"])
                #expect(try await scene.count("run_steps") == 0)
            }
        }
    }

    @Test("a rejection, a wrong approver and a job that waits for nothing are told apart")
    func rejected() async throws {
        try await Scene.play { scene in
            try await scene.worker()
            let id = try await waitingJob(scene)
            let wrong = try await scene.enqueue(
                "approve", "\(id)", "--decision", "approve", "--approver", "zoe")
            #expect(wrong.exit == .code(2) && wrong.errors.contains("zoe is not among"))
            let rejected = try await scene.enqueue(
                "approve", "\(id)", "--decision", "reject", "--approver", "ann", "--comment", "no",
                "--json")
            #expect(rejected.json["answer"] == "resumed")
            let job = try await scene.job(id, reaches: "failed")
            #expect(job["last_error"]?.stringValue?.contains("rejected") == true)
            let late = try await scene.enqueue(
                "approve", "\(id)", "--decision", "approve", "--approver", "ann")
            #expect(late.exit == .code(2) && late.errors.contains("already failed"))
        }
    }

    @Test("a kept journal is replayed without a call, and shows what would differ today")
    func replay() async throws {
        try await Scene.play { scene in
            try await scene.worker(["AGENT_WORKER_JOURNAL_RETENTION": "1d"])
            let id = try await scene.anyJob("orchestrator")
            try await scene.job(id, reaches: "completed")
            let stub = ["OPENAI_BASE_URL": scene.stub.address + "/v1"]
            let calls = try await scene.stub.requests()["total"]
            let same = try await scene.run("agent-worker", ["replay", "\(id)"], stub)
            #expect(same.exit == .code(0) && same.output.contains("no difference"))
            try await scene.pool.query("UPDATE agents SET user_prompt = 'Something else'")
            let other = try await scene.run("agent-worker", ["replay", "\(id)", "--json"], stub)
            #expect(other.exit == .code(1))
            #expect(other.json["differences"]?[0]?["kind"] == "changed")
            #expect(try await scene.stub.requests()["total"] == calls)
            let none = try await scene.run("agent-worker", ["replay", "999"], stub)
            #expect(none.exit == .code(2))
        }
    }
}
