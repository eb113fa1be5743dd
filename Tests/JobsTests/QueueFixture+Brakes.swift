import FoundationEssentials
import JSON
import Jobs
import Postgres
import Testing

extension QueueFixture {
    /// Enqueues `count` jobs of a kind of the tests' own and returns their ids.
    @discardableResult
    func enqueueMany(
        _ count: Int, user name: String = "u", kind: String = "noop", queue: String = "default",
        priority: Int = 0, payload: JSONValue = [:], due: String = "now()"
    ) async throws -> [Int64] {
        try await connection.query(
            """
            INSERT INTO jobs (kind, user_id, queue, priority, payload, run_at)
            SELECT $2, $3, $4, $5::integer, $6, \(due) FROM generate_series(1, $1::integer)
            RETURNING id
            """,
            [
                .int32(Int32(count)), .text(kind), .text(name), .text(queue),
                .int32(Int32(priority)), .json(payload),
            ]
        ).map { try $0.decode(Int64.self, "id") }
    }

    /// A claim of the fixture's worker for jobs of the tests' own kinds.
    func claimRequest(
        _ limit: Int, kinds: [String] = ["noop"], queues: [String] = ["default"]
    ) -> ClaimRequest {
        ClaimRequest(limit: limit, worker: worker.id, queues: queues, kinds: kinds)
    }

    /// What a SQL function of one text answers.
    @discardableResult
    func ask(_ call: String) async throws -> String {
        try await row("SELECT \(call) AS answer")["answer"].map {
            $0.stringValue ?? $0.serialized
        } ?? ""
    }

    /// The states of all jobs with how many there are.
    func states() async throws -> [String: Int] {
        var states: [String: Int] = [:]
        for row in try await rows("SELECT state, count(*) AS n FROM jobs GROUP BY state") {
            states[row["state"]?.stringValue ?? ""] = row["n"]?.intValue
        }
        return states
    }

    /// Settles claimed jobs as completed.
    func complete(_ jobs: [ClaimedJob]) async throws {
        _ = try await queue.settle(
            jobs.map {
                Settlement(jobID: $0.id, attemptID: $0.attemptID, outcome: .completed)
            })
    }
}
