import FoundationEssentials
import JSON
import Jobs
import Journal
import RunLog
import TestSupport
import Testing

/// A call that goes on at the provider while its worker dies is one call in the ledger.
@Suite("resumed calls", .serialized, .timeLimit(.minutes(2)))
struct ResumedCallTests {
    static let database = SuiteDatabase(migrated: true)
    private static let submission = "iteration1.submission"

    /// An attempt that submits the call, or waits for it, and dies.
    private func die(_ fixture: JournalFixture, submits: Bool) async throws {
        let journal = fixture.journal(try await fixture.claim())
        await #expect(throws: CancellationError.self) {
            _ = try await journal.account(for: JournalFixture.intent("iteration1")) {
                () async throws -> AccountedReply<String> in
                if submits {
                    _ = try await journal.perform(Self.step) { "resp_1" }
                }
                throw CancellationError()
            }
        }
        try await fixture.crash()
    }

    private static let step = JournalStep(
        key: submission, kind: .step, fingerprint: "f", effect: .none)

    private func resume(_ fixture: JournalFixture) async throws -> ClaimedJob {
        let job = try await fixture.claim()
        _ = try await fixture.journal(job).account(for: JournalFixture.intent("iteration1")) {
            var reply = JournalFixture.reply("x")
            reply.resumedSubmission = Self.submission
            return reply
        }
        return job
    }

    @Test("the rows of the attempts that waited for it say whose it is now, and count nothing")
    func reconciled() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            // Before anything was submitted: that call may have been billed, and stays so.
            try await die(fixture, submits: false)
            try await die(fixture, submits: true)
            try await die(fixture, submits: false)
            #expect(try await fixture.calls() == ["unknown": 3])
            let job = try await resume(fixture)
            #expect(try await fixture.calls() == ["unknown": 1, "failed": 2, "settled": 1])
            let rows = try await fixture.rows("SELECT * FROM token_usage ORDER BY created_at")
            #expect(rows.first?["status"] == "unknown")
            for row in rows[1...2] {
                expect(
                    row,
                    has: [
                        "error_code": "resumed", "input_tokens": nil, "success": false,
                        "metadata": ["resumed_as": rows[3]["id"] ?? nil],
                    ])
            }
            _ = try await fixture.settle(job, .completed)
            #expect(
                try await fixture.rows("SELECT sum(total_tokens) AS n FROM job_attempts")
                    == [["n": 120]])
        }
    }

    @Test("a call that was made anew leaves the unknown one as it is")
    func anew() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            try await die(fixture, submits: true)
            let job = try await fixture.claim()
            _ = try await fixture.journal(job).account(for: JournalFixture.intent("iteration1")) {
                JournalFixture.reply("x")
            }
            #expect(try await fixture.calls() == ["unknown": 1, "settled": 1])
            _ = try await fixture.settle(job, .completed)
        }
    }
}
