import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import RunLog
import TestSupport
import Testing

@Suite("run_memories and user_memory", .serialized)
struct RunMemoriesTests {
    static let database = SuiteDatabase(migrated: true)
    static let keep = RunMemories.Retention(
        time: .seconds(9000), lowTime: .seconds(3000), mostKept: 50)

    static func memory(_ summary: String, success: Bool = true) -> JSONValue {
        [
            "summary": .string(summary), "sentiment": "neutral",
            "key_outcomes": ["success": .bool(success)], "patterns_detected": [:],
            "suggestions": [:], "model_used": "gpt-4o",
        ]
    }

    private func recall(_ fixture: RunLogFixture, runs: Int = 5) async throws -> JSONValue {
        try await RunMemories(fixture.connection).recall(
            agent: try #require(fixture.attempt.agentID),
            user: try #require(UUID(uuidString: fixture.attempt.userID ?? "")),
            execution: fixture.attempt.executionID, runs: runs, facts: 2, characters: 8)
    }

    /// Inserts a memory of the fixture's agent and user.
    private func insert(
        _ fixture: RunLogFixture, number: Int, summary: String = "s", agent: UUID? = nil,
        user: String? = nil, expires: String = "NULL"
    ) async throws {
        try await fixture.connection.query(
            """
            INSERT INTO run_memories (agent_id, user_id, run_number, summary, run_timestamp,
                key_outcomes, expires_at)
            VALUES ($1, $2::text::uuid, $3, $4, '2026-01-31 23:30-05', '{"success": false}',
                \(expires))
            """,
            [
                .uuid(try #require(agent ?? fixture.attempt.agentID)),
                .text(try #require(user ?? fixture.attempt.userID)), .int32(Int32(number)),
                .text(summary),
            ])
    }

    @Test("a run is told the newest of its agent and user, of others and of the expired nothing")
    func newest() async throws {
        try await RunLogFixture.run(in: Self.database) { fixture in
            for number in [2, 9, 4] { try await insert(fixture, number: number) }
            try await insert(fixture, number: 10, summary: "")
            try await insert(fixture, number: 11, agent: UUID())
            try await insert(fixture, number: 12, user: UUID().uuidString)
            try await insert(fixture, number: 13, expires: "now() - interval '1 second'")
            try await insert(
                fixture, number: 3, summary: "twelve chars", expires: "now() + interval '1 hour'")
            let runs = try await recall(fixture, runs: 3)["runs"]?.arrayValue ?? []
            #expect(runs.map { $0["number"] } == [9, 4, 3])
            #expect(runs.last?["summary"] == "twelve c")
            #expect(runs.last?["day"] == "2026-02-01" && runs.last?["success"] == "false")
        }
    }

    @Test("what is known of the user comes by importance, then by key")
    func facts() async throws {
        try await RunLogFixture.run(in: Self.database) { fixture in
            for (key, importance) in [("b", "0.5"), ("c", "0.9"), ("a", "0.5")] {
                try await fixture.connection.query(
                    """
                    INSERT INTO user_memory (user_id, memory_key, memory_value, importance)
                    VALUES ($1::text::uuid, $2, 'v', \(importance))
                    """, [.text(try #require(fixture.attempt.userID)), .text(key)])
            }
            let facts = try await recall(fixture)["user"]?.arrayValue ?? []
            #expect(facts.map { $0["key"] } == ["c", "a"])
            #expect(facts.first == ["key": "c", "type": "fact", "value": "v"])
        }
    }

    @Test("an execution that began without memories is told none later")
    func begun() async throws {
        try await RunLogFixture.withJournal(in: Self.database) { fixture, journal in
            try await insert(fixture, number: 1)
            _ = try await journal.account(for: RunLogFixture.intent) { RunLogFixture.reply() }
            #expect(try await recall(fixture) == [:])
        }
    }

    @Test("a memory has its execution's id and the agent's next number, and is written once")
    func once() async throws {
        try await RunLogFixture.run(in: Self.database) { fixture in
            try await insert(fixture, number: 9)
            let memories = RunMemories(fixture.connection)
            for summary in ["first", "second"] {
                let number = try await memories.remember(
                    Self.memory(summary), of: fixture.attempt, retention: Self.keep)
                #expect(number == 10)
            }
            let rows = try await fixture.rows(
                """
                SELECT *, expires_at - created_at < interval '1 hour' AS is_low
                FROM run_memories WHERE run_number = 10
                """)
            try #require(rows.count == 1)
            // 5 - 1 ordinary success + 1 tenth run
            expect(
                rows[0],
                has: [
                    "summary": "first", "importance_score": 5, "token_count": 2,
                    "memory_type": "run", "model_used": "gpt-4o", "is_low": false,
                    "id": .string(fixture.attempt.executionID.uuidString.lowercased()),
                ])
        }
    }

    @Test("a stale attempt leaves nothing")
    func stale() async throws {
        try await RunLogFixture.run(in: Self.database) { fixture in
            try await fixture.rescue()
            let number = try await RunMemories(fixture.connection).remember(
                Self.memory("late"), of: fixture.attempt, retention: Self.keep)
            #expect(number == nil)
            #expect(try await fixture.rows("SELECT FROM run_memories").isEmpty)
        }
    }

    @Test("runs of one agent that end together get different numbers")
    func together() async throws {
        try await RunLogFixture.run(in: Self.database) { fixture in
            let pool = fixture.database.pool()
            var attempts = [fixture.attempt]
            for _ in 1...7 {
                _ = try await fixture.queue.enqueue(
                    JobRequest(
                        kind: "agentkit", payload: [:], userID: fixture.attempt.userID,
                        agentID: fixture.attempt.agentID))
            }
            for job in try await fixture.queue.claim(
                limit: 7, worker: fixture.worker.id, queues: ["default"], kinds: ["agentkit"])
            {
                attempts.append(
                    AttemptContext(
                        jobID: job.id, attemptID: job.attemptID, executionID: job.executionID,
                        agentID: job.agentID, userID: job.userID))
            }
            let numbers = try await withThrowingTaskGroup(of: Int?.self) { group in
                for attempt in attempts {
                    group.addTask {
                        try await pool.withConnection {
                            try await RunMemories($0).remember(
                                Self.memory("m"), of: attempt, retention: Self.keep)
                        }
                    }
                }
                return try await group.reduce(into: [Int?]()) { $0.append($1) }
            }
            #expect(numbers.compactMap(\.self).sorted() == Array(1...8))
            await pool.close()
        }
    }

    @Test("what is beyond the most kept expires with the next memory, and is pruned in steps")
    func pruned() async throws {
        try await RunLogFixture.run(in: Self.database) { fixture in
            for number in 1...6 { try await insert(fixture, number: number) }
            try await insert(fixture, number: 1, user: UUID().uuidString)
            let memories = RunMemories(fixture.connection)
            #expect(try await memories.prune(limit: 100) == 0)
            var few = Self.keep
            few.mostKept = 3
            _ = try await memories.remember(
                Self.memory("new"), of: fixture.attempt, retention: few)
            #expect(try await memories.prune(limit: 3) == 3)
            #expect(try await memories.prune(limit: 3) == 1)
            #expect(try await memories.prune(limit: 3) == 0)
            let left = try await fixture.rows(
                "SELECT run_number FROM run_memories ORDER BY run_number")
            #expect(left.map { $0["run_number"] } == [1, 5, 6, 7])
        }
    }

    @Test(
        "importance is the origin's formula",
        arguments: [
            ("true, '{}', '{}', NULL, 2", 4), ("true, '{}', '{}', NULL, 1", 6),
            ("true, '{}', '{}', NULL, 20", 5), ("false, '{}', '{}', NULL, 2", 7),
            (#"true, '{"recurring_error": "e"}', '{}', NULL, 2"#, 7),
            (#"true, '{"success_pattern": "p"}', '{}', NULL, 2"#, 5),
            (#"true, '{"performance_issue": "p"}', '{}', NULL, 2"#, 5),
            (#"true, '{"performance_issue": ""}', '{}', NULL, 2"#, 4),
            (#"true, '{}', '{"improve_prompt": "i", "optimize_config": "o"}', NULL, 2"#, 5),
            ("true, '{}', '{}', 'good', 2", 7), ("NULL, NULL, NULL, NULL, NULL", 7),
            (#"false, '{"recurring_error": "e"}', '{"improve_prompt": "i"}', 'bad', 1"#, 10),
        ] as [(String, Int)])
    func importance(arguments: String, expected: Int) async throws {
        try await RunLogFixture.run(in: Self.database) { fixture in
            let rows = try await fixture.rows("SELECT memory_importance(\(arguments)) AS score")
            #expect(rows.first?["score"] == JSONValue(expected))
        }
    }
}
