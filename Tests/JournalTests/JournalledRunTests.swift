import AgentKit
import EngineTestSupport
import FoundationEssentials
import JSON
import Jobs
import Journal
import RunLog
import TestSupport
import Testing
import Tools

/// What the records hold of a run that ended without a worker to say what it did.
@Suite("journalled runs", .serialized, .timeLimit(.minutes(2)))
struct JournalledRunTests {
    static let database = SuiteDatabase(migrated: true)

    private func perform(
        _ key: String, _ plugin: String, _ action: String, effect: SideEffect = .idempotent,
        in journal: AttemptJournal, _ result: ToolResult
    ) async throws {
        let step = JournalStep(
            key: key, kind: .tool, fingerprint: key, effect: effect,
            tool: JournalStep.Tool(plugin: plugin, action: action))
        _ = try await journal.perform(step) { result.journalled }
    }

    private func logs(_ fixture: JournalFixture) async throws -> JSONValue {
        let rows = try await fixture.rows("SELECT logs FROM agent_executions")
        try #require(rows.count == 1)
        return rows[0]["logs"] ?? .null
    }

    @Test("a run that dies at its last attempt is counted by its journal")
    func died() async throws {
        try await JournalFixture.run(in: Self.database, maxAttempts: 1) { fixture in
            try await fixture.connection.query(
                """
                INSERT INTO agents (id, user_id, agent_name, workflow_steps)
                SELECT j.agent_id, j.user_id::uuid, 'a',
                    '[{"id": "each", "type": "loop"}, {"id": "all", "type": "scatter_gather"}]'
                FROM jobs j
                """)
            let job = try await fixture.claim()
            let journal = fixture.journal(job)
            for key in [
                "each[0].think.iteration1", "each[0].think.iteration2",
                "each[1].think#2.iteration1.model2", "all[0].think.iteration1",
            ] {
                _ = try await journal.account(for: JournalFixture.intent(key)) {
                    JournalFixture.reply("x")
                }
            }
            try await perform(
                "first", "shop", "items", in: journal,
                .success(["a"], items: 3))
            try await perform(
                "each[0].think.iteration1.call1", "mail", "send", in: journal,
                .failure("NOT_FOUND"))
            // Begun, and then the worker is gone.
            let once = JournalStep(
                key: "second", kind: .tool, fingerprint: "f", effect: .once,
                tool: JournalStep.Tool(plugin: "shop", action: "buy"))
            await #expect(throws: CancellationError.self) {
                try await journal.perform(once) { throw CancellationError() }
            }
            _ = try await journal.perform(JournalFixture.step("other")) { ["asks": [:]] }
            _ = try await journal.perform(JournalFixture.step("@memory")) {
                ["tokens": 12, "entries": 2, "types": ["summaries"], "runs": [["summary": "x"]]]
            }
            try await fixture.crash()

            let logs = try await logs(fixture)
            #expect(
                logs["counts"] == [
                    "iterations": 4, "toolCalls": 3, "toolTimeMs": 10, "stepRetries": 1,
                    "branches": 0, "loopIterations": 2, "parallelExecutions": 0,
                ])
            #expect(logs["pluginsUsed"] == ["shop", "mail"])
            #expect(logs["memory"] == ["tokens": 12, "entries": 2, "types": ["summaries"]])
            let calls = try #require(logs["toolCalls"]?.arrayValue)
            expect(
                calls.first,
                has: [
                    "plugin": "shop", "action": "items", "success": true, "itemsReturned": 3,
                    "executionTime": 7, "error": nil,
                ])
            #expect(calls.dropFirst().allSatisfy { $0["success"] == false })
            #expect(calls.contains { $0["error"] == "SIDE_EFFECT_UNKNOWN" })
            #expect(try await fixture.count("run_steps") == 0)
        }
    }

    @Test("a job cancelled while it waits keeps what its attempts said of themselves")
    func cancelled() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claim()
            await #expect(throws: Suspension.self) {
                try await fixture.journal(job).wait(for: JournalFixture.event())
            }
            let said: JSONValue = [
                "iterations": 3, "step_retries": 1, "input_values_used": 2,
                "workflow": ["steps": 4, "branches": 2, "loops": 5, "parallel": 2],
                "steps": ["completed": 2, "failed": 0, "skipped": 1],
                "tool_calls": [
                    [
                        "plugin": "shop", "action": "items", "success": true, "itemsReturned": 1,
                        "executionTime": 7, "error": nil,
                    ]
                ],
                "tool_calls_count": 1, "tool_orchestration_time_ms": 7, "plugins_used": ["shop"],
            ]
            let settlement = Settlement(
                jobID: job.id, attemptID: job.attemptID, outcome: .wait, run: said)
            _ = try await fixture.queue.settle([settlement])
            #expect(try await fixture.queue.cancel(fixture.jobID) == "cancelled")
            let logs = try await logs(fixture)
            #expect(
                logs["counts"] == [
                    "iterations": 3, "toolCalls": 1, "toolTimeMs": 7, "stepRetries": 1,
                    "branches": 2, "loopIterations": 5, "parallelExecutions": 2,
                ])
            #expect(logs["inputValuesUsed"] == 2 && logs["pluginsUsed"] == ["shop"])
            #expect(logs["retryCount"] == 1)
            #expect(try await fixture.count("run_steps") == 0)
        }
    }

    @Test("what an attempt said of itself is no part of the next one's journal")
    func unread() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claim()
            _ = try await fixture.queue.settle([
                Settlement(
                    jobID: job.id, attemptID: job.attemptID, outcome: .retry(after: .zero),
                    failure: RunFailure(.provider, code: "C", message: "m"),
                    run: ["iterations": 1])
            ])
            #expect(try await fixture.step("#report")?["output"] == ["iterations": 1])
            #expect(
                try await JournalArchive(fixture.connection).steps(of: job.executionID).isEmpty)
            let next = try await fixture.claim()
            let made = try await fixture.journal(next).perform(JournalFixture.step("#report")) {
                "made"
            }
            #expect(made == "made")
            _ = try await fixture.settle(next, .completed)
        }
    }
}
