import Foundation
import JSON
import Postgres
import TestSupport
import Testing
import WorkerTestSupport

@Suite("Bad input", .serialized)
struct BadInputTests {
    static let someone = "33333333-3333-4333-8333-333333333333"

    @Test("an INSERT that cannot make a job is refused with a sentence")
    func refused() async throws {
        let refusals: [(values: String, sentence: String)] = [
            ("('other', '[1]', NULL, NULL)", "jobs.payload must be a JSON object"),
            ("('generation', '{}', NULL, NULL)", "generation jobs need a text in payload.prompt"),
            (
                "('agentkit', '{}', '\(Self.someone)', NULL)",
                "agentkit and orchestrator jobs need jobs.agent_id"
            ),
            (
                "('orchestrator', '{}', 'bob', gen_random_uuid())",
                "agentkit and orchestrator jobs need a UUID jobs.user_id"
            ),
            (
                "('agentkit', '{}', NULL, gen_random_uuid())",
                "agentkit and orchestrator jobs need a UUID jobs.user_id"
            ),
            ("('agentkit', '{}', '\(Self.someone)', 'bob')", "uuid"),
        ]
        try await Scene.play { scene in
            for (values, sentence) in refusals {
                do {
                    try await scene.pool.query(
                        "INSERT INTO jobs (kind, payload, user_id, agent_id) VALUES \(values)")
                    Issue.record("accepted: \(values)")
                } catch let error as PostgresError {
                    #expect(
                        "\(error.constraint ?? "") \(error.message)".contains(sentence),
                        "\(values): \(error)")
                }
            }
            #expect(try await scene.count("jobs") == 0)
        }
    }

    @Test("an agent that is missing, deleted or another's fails its jobs at once, on record")
    func agents() async throws {
        try await Scene.play { scene in
            try await scene.worker()
            let deleted = try await scene.agent()
            try await scene.pool.query(
                "UPDATE agents SET deleted_at = now() WHERE id = $1", [.uuid(deleted)])
            let marked = try await scene.agent()
            try await scene.pool.query(
                "UPDATE agents SET status = 'deleted' WHERE id = $1", [.uuid(marked)])
            for agent in [UUID(), deleted, marked] {
                for kind in ["agentkit", "orchestrator"] {
                    let id = try await scene.job(kind, agent: agent)
                    try await expectRefused(scene, id, naming: "agent_id")
                }
            }
        }
    }

    static let badRuns: [(kind: String, workflow: String?, payload: String, field: String)] = [
        (
            "orchestrator",
            """
            [{"id":"a","type":"transform","operation":"set","input":1,"dependencies":["b"]},
             {"id":"b","type":"transform","operation":"set","input":1,"dependencies":["a"]}]
            """, "{}", "circular dependency: a"
        ),
        ("orchestrator", #"[{"id":"a","type":"action","plugin":"shop"}]"#, "{}", "action"),
        ("orchestrator", #"[{"id":"a","type":"dance"}]"#, "{}", "dance"),
        ("orchestrator", #"{"id":"a"}"#, "{}", "workflow_steps"),
        ("orchestrator", nil, "{}", "workflow_steps"),
        ("orchestrator", "[]", #"{"input_values":[1]}"#, "payload.input_values"),
        ("agentkit", nil, #"{"input_values":"x"}"#, "payload.input_values"),
        ("agentkit", nil, #"{"user_prompt":7}"#, "payload.user_prompt"),
        ("agentkit", nil, #"{"model":["gpt-4o"]}"#, "payload.model"),
        ("generation", nil, #"{"prompt":"x","existing_agent":5}"#, "existing_agent"),
        ("generation", nil, #"{"prompt":"   "}"#, "prompt"),
        ("generation", nil, #"{"prompt":"x","existing_agent_id":"nobody"}"#, "existing_agent_id"),
    ]

    @Test("a job that cannot be run fails on its first attempt and its error names the field")
    func badRuns() async throws {
        try await Scene.play { scene in
            try await scene.worker()
            for (kind, workflow, payload, field) in Self.badRuns {
                let agent = try await scene.agent(
                    workflow: try workflow.map { try JSONValue(parsing: $0) })
                let id = try await scene.job(
                    kind, try JSONValue(parsing: payload),
                    agent: kind == "generation" ? nil : agent)
                try await expectRefused(scene, id, naming: field)
            }
            #expect(try await scene.stub.requests()["total"] == 0, "a model was asked")
        }
    }

    @Test("a model that no provider serves fails the job at once")
    func unknownProvider() async throws {
        try await Scene.play { scene in
            try await scene.worker()
            let id = try await scene.anyJob("agentkit", model: "nobody:gpt-4o")
            try await expectRefused(scene, id, naming: "nobody")
        }
    }

    @Test("a kind that nobody handles stays available, and worker and CLI say so")
    func unknownKind() async throws {
        try await Scene.play { scene in
            let id = try await scene.job("transmogrify")
            let worker = try await scene.worker()
            let line = try await worker.waitForLine(containing: "nobody handles these due jobs")
            #expect(line.contains("kind=transmogrify"))
            let why = try await scene.enqueue("why", "\(id)")
            #expect(why.exit == .code(0))
            #expect(why.line.contains("nobody handles it"))
            #expect(why.line.contains("transmogrify"))
            // A job after it is not held up.
            let next = try await scene.generation()
            try await scene.job(next, reaches: "completed")
            let job = try await scene.job(id)
            #expect(job["state"] == "available" && job["attempt"] == 0)
        }
    }

    /// The job failed on its first attempt; its error names `field`, and its records exist.
    private func expectRefused(_ scene: Scene, _ id: Int64, naming field: String) async throws {
        let job = try await scene.end(of: id)
        let error = job["last_error"]?.stringValue ?? ""
        #expect(job["state"] == "failed", "\(field): \(job.serialized)")
        #expect(job["attempt"] == 1, "\(field): \(error)")
        #expect(error.contains(field), "names \(error), not \(field)")
        let attempts = try await scene.attempts(of: id)
        #expect(attempts.map { $0["failure_class"] ?? .null } == ["invalid_payload"], "\(error)")
        if job["kind"] == "generation" {
            let log = try await scene.generationLog(of: id)
            #expect(log["success"] == false && log["completed_at"] != .null)
            #expect(log["error_message"] == job["last_error"])
        } else {
            let execution = try await scene.execution(of: id)
            #expect(execution["status"] == "failed")
            #expect(execution["error_message"] == job["last_error"])
        }
    }
}
