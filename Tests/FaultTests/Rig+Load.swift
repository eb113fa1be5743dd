import Foundation
import JSON
import Postgres
import WorkerTestSupport

extension Rig {
    /// Enqueues jobs, a third of each kind; every fifth has one attempt only, so that a rescue ends
    /// it. Only what the database acknowledged is noted.
    func feed(_ count: Int) async throws {
        let rows = try await patiently {
            try await scene.pool.query(
                """
                INSERT INTO jobs (kind, payload, user_id, agent_id, max_attempts)
                SELECT ('{generation,agentkit,orchestrator}'::text[])[1 + n % 3],
                    '{"prompt": "An agent that watches prices", "input_values": {"count": 2}}',
                    $2, $3, CASE WHEN n % 5 = 4 THEN 1 ELSE 100 END
                FROM generate_series(0, $1 - 1) AS n RETURNING id
                """, [.int32(Int32(count)), .text(Scene.user), .uuid(agent)])
        }
        let ids = try rows.map { try $0.decode(Int64.self, "id") }
        state.withLock { $0.acknowledged += ids }
    }

    /// Sees to it that at least `count` jobs are unfinished.
    func feed(upTo count: Int) async throws {
        let left = try await patiently {
            try await scene.count("jobs", where: "finished_at IS NULL")
        }
        if left < count { try await feed(count - left) }
    }

    /// Notes a job that a test enqueued by itself.
    func note(_ job: Int64) { state.withLock { $0.acknowledged.append(job) } }
}
