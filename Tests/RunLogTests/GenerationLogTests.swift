import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import RunLog
import TestSupport
import Testing

@Suite("generation log", .serialized, .timeLimit(.minutes(2)))
struct GenerationLogTests {
    static let database = SuiteDatabase(migrated: true)

    private func log(
        payload: JSONValue = ["prompt": "p"],
        _ body: (RunLogFixture, GenerationLog, String) async throws -> Void
    ) async throws {
        try await RunLogFixture.run(in: Self.database, kind: .generation, payload: payload) {
            try await body(
                $0, GenerationLog($0.connection), $0.job.executionID.uuidString.lowercased())
        }
    }

    @Test("the row is opened before the first call, in progress, under the execution's id")
    func create() async throws {
        try await log { fixture, log, id in
            #expect(try await log.get(id: id) == nil)
            try await log.create(for: fixture.attempt)
            let entry = try #require(try await log.get(id: id))
            #expect(entry.prompt == "p" && entry.userID == fixture.job.userID)
            #expect(!entry.isUpdate && entry.existingAgentID == nil)
            #expect(entry.completedAt == nil && !entry.success && entry.totalTokens == 0)
            expect(entry.json, has: ["id": .string(id), "completed_at": nil, "is_update": false])
        }
    }

    @Test(
        "an existing agent makes it an update, a JSON null does not",
        arguments: [
            (["prompt": "p", "existing_agent": nil, "existing_agent_id": nil], false, nil),
            (["prompt": "p", "existing_agent": ["id": "a7"]], true, "a7"),
            (["prompt": "p", "existing_agent_id": "a8"], true, "a8"),
        ] as [(JSONValue, Bool, String?)])
    func updates(payload: JSONValue, isUpdate: Bool, agent: String?) async throws {
        try await log(payload: payload) { fixture, log, id in
            try await log.create(for: fixture.attempt)
            let entry = try #require(try await log.get(id: id))
            #expect(entry.isUpdate == isUpdate && entry.existingAgentID == agent)
        }
    }

    @Test("a later attempt finds the row of the first; a stale one opens none")
    func laterAttempts() async throws {
        try await log { fixture, log, id in
            let stale = AttemptContext(
                jobID: fixture.job.id, attemptID: UUID(), executionID: fixture.job.executionID,
                agentID: nil, userID: nil)
            try await log.create(for: stale)
            #expect(try await log.get(id: id) == nil)
            try await log.create(for: fixture.attempt)
            let opened = try await log.get(id: id)?.createdAt
            try await log.create(for: fixture.attempt)
            #expect(try await log.get(id: id)?.createdAt == opened)
        }
    }

    @Test("the settlement completes the opened row")
    func completed() async throws {
        try await log { fixture, log, id in
            try await log.create(for: fixture.attempt)
            let opened = try #require(try await log.get(id: id))
            _ = try await fixture.queue.settle([
                Settlement(
                    jobID: fixture.job.id, attemptID: fixture.job.attemptID, outcome: .completed,
                    generation: ["agent": ["name": "a"], "skills": ["s"], "retry_count": 2])
            ])
            let entry = try #require(try await log.get(id: id))
            #expect(entry.success && entry.completedAt != nil && entry.retryCount == 2)
            #expect(entry.createdAt == opened.createdAt)
            #expect(entry.identifiedSkills == ["s"])
            #expect((entry.generationTimeMs ?? -1) >= 0)
        }
    }

    @Test("a rescue at the last attempt completes the opened row, and says why")
    func rescued() async throws {
        try await log { fixture, log, id in
            try await fixture.connection.query("UPDATE jobs SET max_attempts = 1")
            try await log.create(for: fixture.attempt)
            try await fixture.rescue()
            let entry = try #require(try await log.get(id: id))
            #expect(!entry.success && entry.completedAt != nil)
            #expect(entry.errorMessage == "the worker stopped beating during attempt 1 of 1")
        }
    }

    @Test("a patch changes what it names; a second one erases nothing")
    func patches() async throws {
        try await log { fixture, log, id in
            try await log.create(for: fixture.attempt)
            var patch = GenerationLogPatch()
            patch.generatedAgentSchema = ["name": "a", "odd": "\0"]
            patch.identifiedSkills = ["s"]
            patch.model = "m"
            patch.totalTokens = 30
            patch.inputTokens = 20
            patch.outputTokens = 10
            patch.generationTimeMs = 1234
            patch.retryCount = 2
            patch.validationErrors = ["errors": ["e"]]
            patch.success = false
            patch.errorMessage = "broken\0"
            #expect(try await log.updateCompletion(id, patch))
            let first = try #require(try await log.get(id: id))
            #expect(first.generatedAgentSchema == ["name": "a", "odd": "\u{FFFD}"])
            #expect(first.identifiedSkills == ["s"] && first.model == "m")
            #expect([first.totalTokens, first.inputTokens, first.outputTokens] == [30, 20, 10])
            #expect(first.generationTimeMs == 1234 && first.retryCount == 2)
            #expect(first.errorMessage == "broken\u{FFFD}" && first.completedAt != nil)
            #expect(try await log.updateCompletion(id, GenerationLogPatch()))
            #expect(try await log.get(id: id)?.json == first.json)
            var success = GenerationLogPatch()
            success.success = true
            #expect(try await log.updateCompletion(id, success))
            let second = try #require(try await log.get(id: id))
            #expect(second.success && second.validationErrors == ["errors": ["e"]])
            #expect(second.completedAt == first.completedAt)
            #expect(try await !log.updateCompletion("no such row", success))
            // The job itself is still running: its settlement, not this row, is what counts.
            try await fixture.connection.query("DELETE FROM agent_generation_logs")
        }
    }

    @Test("a user's history is newest first, limited, and another's is not in it")
    func history() async throws {
        try await log { fixture, log, _ in
            try await fixture.connection.query(
                """
                INSERT INTO agent_generation_logs (id, user_id, prompt, created_at)
                SELECT 'log' || n, 'user' || n % 2, 'p', now() - n * interval '1 hour'
                FROM generate_series(1, 200) AS n
                """)
            #expect(try await log.get(user: "user1").count == 50)
            #expect(
                try await log.get(user: "user1", limit: 3).map(\.id) == ["log1", "log3", "log5"])
            #expect(try await log.get(user: "nobody").isEmpty)
        }
    }

    @Test("a row of an application's own, with NULLs everywhere, is read")
    func sparseRow() async throws {
        try await log { fixture, log, _ in
            try await fixture.connection.query(
                "INSERT INTO agent_generation_logs (id, prompt) VALUES ('log_abc123', 'p')")
            let entry = try #require(try await log.get(id: "log_abc123"))
            #expect(entry.userID == nil && entry.model == nil && entry.retryCount == 0)
        }
    }
}
