import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import RunLog
import TestSupport
import Testing

@Suite("attempt journal", .serialized, .timeLimit(.minutes(2)))
struct AttemptJournalTests {
    static let database = SuiteDatabase(migrated: true)

    private struct CallError: SpendReporting {
        let spend: Spend
        let ledgerCode = "HTTP_500"
        let ledgerMessage = "the provider broke\0"
    }

    private static let usage = RunLogFixture.usage

    private func journal(
        kind: JobKind = .agentkit, _ body: (RunLogFixture, AttemptJournal) async throws -> Void
    ) async throws {
        try await RunLogFixture.withJournal(in: Self.database, kind: kind, body)
    }

    @Test("the intent is committed before the call runs, and settled after it")
    func settled() async throws {
        try await journal { fixture, journal in
            let text = try await journal.account(for: RunLogFixture.intent) {
                // Another connection sees it: it is committed.
                expect(
                    try await fixture.usage(),
                    has: [
                        "status": "pending", "provider": "openai", "model_name": "gpt-4.1",
                        "job_id": JSONValue(Int(fixture.job.id)),
                        "attempt_id": .string(fixture.job.attemptID.uuidString.lowercased()),
                        "execution_id": .string(fixture.job.executionID.uuidString.lowercased()),
                        "agent_id": .string(fixture.job.agentID?.uuidString.lowercased() ?? ""),
                        "user_id": .string(fixture.job.userID ?? ""),
                        "activity_type": "agent_execution", "activity_name": "chat",
                        "activity_step": "iteration1", "estimated_input_tokens": 40,
                        "estimated_output_tokens": 500, "input_tokens": nil, "total_tokens": nil,
                    ])
                return RunLogFixture.reply()
            }
            #expect(text == "hello")
            let row = try await fixture.usage()
            expect(
                row,
                has: [
                    "status": "settled", "input_tokens": 100, "output_tokens": 20,
                    "total_tokens": 120, "cached_tokens": 64, "reasoning_tokens": 8,
                    "cache_write_tokens": 30, "cache_write_1h_tokens": 10,
                    "service_tier": "priority",
                    "raw_usage": ["prompt_tokens": 100, "odd": "\u{FFFD}"], "is_estimate": false,
                    "model_name": "gpt-4.1-2025", "response_size_bytes": 900, "success": true,
                    "error_code": nil, "estimated_input_tokens": 40,
                ])
            #expect((row["latency_ms"]?.intValue ?? -1) >= 0)
        }
    }

    @Test("a generation's call has a user but no agent")
    func generation() async throws {
        try await journal(kind: .generation) { fixture, journal in
            _ = try await journal.account(for: RunLogFixture.intent) { RunLogFixture.reply() }
            expect(
                try await fixture.usage(),
                has: ["agent_id": nil, "user_id": .string(fixture.job.userID ?? "")])
        }
    }

    @Test(
        "a failed call is recorded with what it cost, and its error passed on",
        arguments: [
            (Spend.none, "failed", nil), (.known(usage), "failed", 120), (.unknown, "unknown", nil),
        ] as [(Spend, String, Int?)])
    func failed(spend: Spend, status: String, total: Int?) async throws {
        try await journal { fixture, journal in
            await #expect(throws: CallError.self) {
                try await journal.account(for: RunLogFixture.intent) {
                    () async throws -> AccountedReply<String> in
                    throw CallError(spend: spend)
                }
            }
            expect(
                try await fixture.usage(),
                has: [
                    "status": .string(status), "success": false, "error_code": "HTTP_500",
                    "error_message": "the provider broke\u{FFFD}", "estimated_input_tokens": 40,
                    "total_tokens": total.map { JSONValue($0) } ?? .null, "model_name": "gpt-4.1",
                ])
        }
    }

    @Test("an error that does not say what the call cost leaves it unknown")
    func strangeError() async throws {
        struct Strange: Error {}
        try await journal { fixture, journal in
            await #expect(throws: Strange.self) {
                try await journal.account(for: RunLogFixture.intent) {
                    () async throws -> AccountedReply<String> in
                    throw Strange()
                }
            }
            expect(
                try await fixture.usage(),
                has: ["status": "unknown", "error_code": "interrupted", "input_tokens": nil])
        }
    }

    @Test("a run cancelled in mid-call leaves the call unknown, with its estimate")
    func cancelled() async throws {
        try await journal { fixture, journal in
            let (started, start) = AsyncStream.makeStream(of: Void.self)
            let run = Task {
                try await journal.account(for: RunLogFixture.intent) {
                    () async throws -> AccountedReply<String> in
                    start.yield()
                    // A call that never answers and ends with its task.
                    let (silence, _) = AsyncStream.makeStream(of: Void.self)
                    for await _ in silence {}
                    throw CancellationError()
                }
            }
            for await _ in started.prefix(1) {}
            run.cancel()
            await #expect(throws: CancellationError.self) { try await run.value }
            expect(
                try await fixture.usage(),
                has: [
                    "status": "unknown", "estimated_input_tokens": 40,
                    "estimated_output_tokens": 500, "total_tokens": nil,
                ])
        }
    }

    @Test("a reply that came although the run was cancelled is still settled")
    func cancelledButPaid() async throws {
        try await journal { fixture, journal in
            let run = Task {
                try await journal.account(for: RunLogFixture.intent) {
                    withUnsafeCurrentTask { $0?.cancel() }
                    return RunLogFixture.reply()
                }
            }
            #expect(try await run.value == "hello")
            expect(try await fixture.usage(), has: ["status": "settled", "total_tokens": 120])
        }
    }

    @Test("a cancelled run makes no further call")
    func cancelledBefore() async throws {
        try await journal { fixture, journal in
            let run = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await journal.account(for: RunLogFixture.intent) {
                    Issue.record("the call was made")
                    return RunLogFixture.reply()
                }
            }
            await #expect(throws: CancellationError.self) { try await run.value }
            let calls = try await fixture.rows("SELECT * FROM token_usage")
            #expect(calls == [])
        }
    }

    @Test("an attempt that was rescued makes no call")
    func fenced() async throws {
        try await journal { fixture, journal in
            try await fixture.rescue()
            let failure = await #expect(throws: RunFailure.self) {
                try await journal.account(for: RunLogFixture.intent) {
                    Issue.record("the call was made")
                    return RunLogFixture.reply()
                }
            }
            #expect(failure?.code == "LEASE_LOST")
            #expect(try await fixture.rows("SELECT * FROM token_usage") == [])
        }
    }

    @Test("an intent that meets a rescue under way waits for it and is refused")
    func fencedMeanwhile() async throws {
        try await journal { fixture, journal in
            try await fixture.connection.query("DELETE FROM workers")
            let other = try await fixture.database.connect()
            let call = try await other.transaction { transaction in
                try await transaction.query("SELECT * FROM rescue_jobs()")
                let call = Task {
                    try await journal.account(for: RunLogFixture.intent) {
                        Issue.record("the call was made")
                        return RunLogFixture.reply()
                    }
                }
                try await eventually("the intent waits for the rescue") {
                    try await fixture.connection.query(
                        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                            + "AND datname = current_database()"
                    ).count > 0
                }
                return call
            }
            let failure = await #expect(throws: RunFailure.self) { try await call.value }
            #expect(failure?.code == "LEASE_LOST")
            await other.close()
        }
    }

    @Test(
        "a call whose job is taken over meanwhile is settled all the same, for the money is spent, but its reply is not used"
    )
    func closeIsUnfenced() async throws {
        try await journal { fixture, journal in
            let failure = await #expect(throws: RunFailure.self) {
                try await journal.account(for: RunLogFixture.intent) {
                    try await fixture.rescue()
                    #expect(try await fixture.usage()["status"] == "unknown")
                    return RunLogFixture.reply()
                }
            }
            #expect(failure?.code == "LEASE_LOST")
            #expect(try await fixture.rows("SELECT * FROM run_steps") == [])
            expect(try await fixture.usage(), has: ["status": "settled", "total_tokens": 120])
        }
    }

    @Test("figures that no column holds are cut, not refused")
    func absurdFigures() async throws {
        try await journal { fixture, journal in
            _ = try await journal.account(for: RunLogFixture.intent) {
                RunLogFixture.reply(
                    usage: CallUsage(inputTokens: .max, outputTokens: -5, totalTokens: 0))
            }
            expect(
                try await fixture.usage(),
                has: ["status": "settled", "input_tokens": 2_147_483_647, "output_tokens": 0])
        }
    }

    @Test("concurrent calls of one attempt are accounted for one by one")
    func concurrent() async throws {
        try await journal { fixture, journal in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        let intent = RunLogFixture.intent(step: "each[\(number)]")
                        _ = try await journal.account(for: intent) { RunLogFixture.reply() }
                    }
                }
                try await group.waitForAll()
            }
            let settled = try await fixture.rows(
                "SELECT * FROM token_usage WHERE status = 'settled' AND total_tokens = 120")
            #expect(settled.count == 20)
            let ended = try await fixture.queue.settle([
                Settlement(
                    jobID: fixture.job.id, attemptID: fixture.job.attemptID, outcome: .completed)
            ])
            #expect(ended[fixture.job.attemptID]?.totalTokens == 2400)
        }
    }
}
