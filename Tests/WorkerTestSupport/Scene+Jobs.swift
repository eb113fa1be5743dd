import Foundation
import JSON
import Postgres
import TestSupport

extension Scene {
    /// The user who owns every agent of a scene.
    public static let user = "22222222-2222-4222-8222-222222222222"

    /// Inserts an agent of the scene's user and returns its id.
    public func agent(
        plugins: [String] = [], workflow: JSONValue? = nil, prompt: String = "Do the work"
    ) async throws -> UUID {
        let rows = try await pool.query(
            """
            INSERT INTO agents (user_id, agent_name, user_prompt, plugins_required, workflow_steps)
            VALUES ($1::text::uuid, 'Agent', $2, $3, $4) RETURNING id
            """,
            [
                .text(Self.user), .text(prompt), .json(.array(plugins.map { .string($0) })),
                workflow.map { .json($0) } ?? .null,
            ])
        guard let row = rows.first else { throw SceneError(description: "no agent") }
        return try row.decode(UUID.self, "id")
    }

    /// Inserts a job with plain SQL, as applications do, and returns its id.
    public func job(
        _ kind: String, _ payload: JSONValue = [:], agent: UUID? = nil, maxAttempts: Int = 3,
        timeout: Int? = nil, queue: String = "default"
    ) async throws -> Int64 {
        let rows = try await pool.query(
            """
            INSERT INTO jobs (kind, payload, user_id, agent_id, max_attempts, timeout_s, queue)
            VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id
            """,
            [
                .text(kind), .json(payload), .text(Self.user), agent.map { .uuid($0) } ?? .null,
                .int32(Int32(maxAttempts)), timeout.map { .int32(Int32($0)) } ?? .null,
                .text(queue),
            ])
        guard let row = rows.first else { throw SceneError(description: "no job") }
        return try row.decode(Int64.self, "id")
    }

    /// Inserts a generation.
    public func generation(
        model: String = "gpt-4o", maxAttempts: Int = 3, timeout: Int? = nil
    ) async throws -> Int64 {
        try await job(
            "generation", ["prompt": "An agent that watches prices", "model": .string(model)],
            maxAttempts: maxAttempts, timeout: timeout)
    }

    /// Inserts a job of any kind whose model calls go to `model`: a generation, an AgentKit run
    /// without tools, or a workflow of one LLM step that is not repeated within its attempt.
    public func anyJob(
        _ kind: String, model: String = "gpt-4o", maxAttempts: Int = 3, timeout: Int? = nil
    ) async throws -> Int64 {
        if kind == "generation" {
            return try await generation(model: model, maxAttempts: maxAttempts, timeout: timeout)
        }
        let step: JSONValue = [
            "id": "think", "type": "llm_decision", "prompt": "Decide",
            "retryPolicy": ["maxRetries": 0],
        ]
        return try await job(
            kind, ["model": .string(model)],
            agent: try await agent(workflow: kind == "orchestrator" ? [step] : nil),
            maxAttempts: maxAttempts, timeout: timeout)
    }

    /// The row of a job.
    public func job(_ id: Int64) async throws -> JSONValue {
        try await row("SELECT * FROM jobs WHERE id = $1", [.int64(id)])
    }

    /// The row of a job once it is in `state`.
    @discardableResult
    public func job(
        _ id: Int64, reaches state: String, within limit: Duration = .seconds(30)
    ) async throws -> JSONValue {
        var row = JSONValue.null
        do {
            try await eventually(within: limit, "job \(id) in state \(state)") {
                row = try await job(id)
                return row["state"] == .string(state)
                    || row["finished_at"] != .null && row["state"] != .string(state)
            }
        } catch let error as TimedOut {
            throw SceneError(description: "\(error); it is \(row.serialized)")
        }
        guard row["state"] == .string(state) else {
            throw SceneError(description: "job \(id) is to be \(state), yet is \(row.serialized)")
        }
        return row
    }

    /// The row of a job once it has ended, however it did.
    public func end(of id: Int64, within limit: Duration = .seconds(30)) async throws -> JSONValue {
        var row = JSONValue.null
        do {
            try await eventually(within: limit, "the end of job \(id)") {
                row = try await job(id)
                return row["finished_at"] != .null
            }
        } catch let error as TimedOut {
            throw SceneError(description: "\(error); it is \(row.serialized)")
        }
        return row
    }

    /// Cancels a job and answers what `cancel_job` said.
    public func cancel(_ id: Int64) async throws -> String {
        try await row("SELECT cancel_job($1) AS word", [.int64(id)])["word"]?.stringValue ?? ""
    }
}
