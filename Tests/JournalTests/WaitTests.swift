import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import RunLog
import TestSupport
import Testing

@Suite("waits", .serialized, .timeLimit(.minutes(2)))
struct WaitTests {
    static let database = SuiteDatabase(migrated: true)

    @Test("a waiting job holds no slot, gives its attempt back and records no execution")
    func suspended() async throws {
        try await JournalFixture.run(in: Self.database, maxAttempts: 1) { fixture in
            for _ in 1...3 {
                try await fixture.suspend(JournalFixture.event(timeout: .seconds(3600)))
                expect(
                    try await fixture.job(),
                    has: [
                        "state": "waiting", "attempt": 0, "attempt_id": nil, "finished_at": nil,
                        "last_error": nil,
                    ])
                #expect(
                    try await fixture.count(
                        "jobs WHERE wait_until BETWEEN now() + interval '50 min' "
                            + "AND now() + interval '1 hour'") == 1)
                #expect(
                    try await fixture.queue.claim(
                        limit: 1, worker: fixture.worker.id, queues: ["default"],
                        kinds: ["agentkit"]
                    ).isEmpty)
                // As if the answer had been taken back, to wait anew.
                try await fixture.connection.execute(
                    script: "UPDATE jobs SET state = 'available', wait_until = NULL")
            }
            #expect(
                try await fixture.rows("SELECT DISTINCT outcome, failure_class FROM job_attempts")
                    == [["outcome": "wait", "failure_class": nil]])
            #expect(try await fixture.count("agent_executions") == 0)
        }
    }

    @Test("why says what is waited for")
    func why() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            try await fixture.suspend(JournalFixture.event())
            #expect(
                try await fixture.queue.why(fixture.jobID)
                    == "waiting for human_approval 'ask' (Pay?) until it comes")
        }
    }

    @Test(
        "an answer wakes the job at once, and the next attempt gets it",
        arguments: Approval.Decision.allCases)
    func answered(decision: Approval.Decision) async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            try await fixture.suspend(JournalFixture.event())
            #expect(
                try await fixture.approve(decision, comment: "fine", content: ["code": 7])
                    == "resumed")
            let answer = try await fixture.answer(to: JournalFixture.event())
            expect(
                answer,
                has: [
                    "decision": .string(decision.rawValue), "approver": "ann", "comment": "fine",
                    "content": ["code": 7],
                ])
            #expect(answer["responses"]?[0]?["approver"] == "ann")
            #expect(try await fixture.approve() == "not waiting")
        }
    }

    @Test("an answer that comes while the attempt still runs does not get lost")
    func early() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claim()
            await #expect(throws: Suspension.self) {
                try await fixture.journal(job).wait(for: JournalFixture.event())
            }
            #expect(try await fixture.approve() == "answered")
            try await fixture.settle(job, .wait)
            expect(try await fixture.job(), has: ["state": "available", "attempt": 0])
            #expect(try await fixture.answer(to: JournalFixture.event())["decision"] == "approve")
        }
    }

    @Test("an answer in the midst of the settlement wakes the job all the same")
    func race() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claim()
            await #expect(throws: Suspension.self) {
                try await fixture.journal(job).wait(for: JournalFixture.event())
            }
            let other = try await fixture.database.connect()
            // The approval has the job locked and is not committed yet; the settlement waits
            // for it.
            let settled = try await other.transaction { transaction in
                let rows = try await transaction.query(
                    "SELECT approve_job($1, 'ann', 'approve') AS word", [.int64(job.id)])
                #expect(try rows[0].decode(String.self, "word") == "answered")
                let settled = Task { try await fixture.settle(job, .wait) }
                try await eventually("the settlement waits for the approval") {
                    try await fixture.pool.query(
                        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                            + "AND datname = current_database()"
                    ).count > 0
                }
                return settled
            }
            #expect(try await settled.value == .done)
            #expect(try await fixture.job()["state"] == "available")
            await other.close()
        }
    }

    @Test("past its time a wait is answered with a timeout, and its job woken")
    func timeout() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            try await fixture.suspend(
                JournalFixture.event(timeout: .milliseconds(1)),
                JournalFixture.event("later", timeout: .seconds(3600)))
            try await eventually("the wait is over") {
                try await fixture.queue.wakeWaiting(limit: 10) == 1
            }
            #expect(try await fixture.queue.wakeWaiting(limit: 10) == 0)
            let job = try await fixture.claim()
            let answer = try await fixture.journal(job).wait(
                for: JournalFixture.event(timeout: .milliseconds(1)))
            expect(answer, has: ["decision": "timeout", "responses": []])
            await #expect(throws: Suspension.self) {
                try await fixture.journal(job).wait(
                    for: JournalFixture.event("later", timeout: .seconds(3600)))
            }
            try await fixture.settle(job, .wait)
            #expect(try await fixture.job()["state"] == "waiting")
        }
    }

    @Test("an approval that comes after the time is over does not count")
    func tooLate() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let event = JournalFixture.event(timeout: .milliseconds(1))
            try await fixture.suspend(event)
            try await eventually("the time is over") {
                try await fixture.approve() == "timed out"
            }
            _ = try await fixture.queue.wakeWaiting(limit: 10)
            #expect(try await fixture.answer(to: event)["decision"] == "timeout")
        }
    }

    @Test("a wait that is over while its attempt runs is answered to the next who asks")
    func overWhileRunning() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let event = JournalFixture.event(timeout: .milliseconds(1))
            let journal = fixture.journal(try await fixture.claim())
            await #expect(throws: Suspension.self) { try await journal.wait(for: event) }
            try await eventually("the time is over") {
                (try? await journal.wait(for: event))?["decision"] == "timeout"
            }
        }
    }

    @Test("of several waits the one that is meant must be named")
    func several() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            try await fixture.suspend(JournalFixture.event("one"), JournalFixture.event("two"))
            let error = await #expect(throws: PostgresError.self) {
                try await fixture.approve()
            }
            #expect(error?.message.contains("one, two") == true)
            #expect(try await fixture.approve(event: "two") == "resumed")
            let journal = fixture.journal(try await fixture.claim())
            await #expect(throws: Suspension.self) {
                try await journal.wait(for: JournalFixture.event("one"))
            }
            #expect(
                try await journal.wait(for: JournalFixture.event("two"))["decision"] == "approve")
        }
    }

    @Test("an answer to another question is no answer to this one")
    func changed() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            try await fixture.suspend(JournalFixture.event(request: ["title": "Pay 5?"]))
            #expect(try await fixture.approve() == "resumed")
            let journal = fixture.journal(try await fixture.claim())
            await #expect(throws: Suspension.self) {
                try await journal.wait(for: JournalFixture.event(request: ["title": "Pay 500?"]))
            }
            #expect(journal.counts.divergences == 1)
            expect(
                try await fixture.step("ask"),
                has: ["status": "waiting", "output": nil, "divergences": 1])
        }
    }

    @Test("a long delay ends by its time, not by an approval")
    func delay() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            try await fixture.suspend(

                ExternalEvent(
                    key: "pause", kind: "delay", request: [:], timeout: .seconds(3600)))
            #expect(try await fixture.approve() == "not waiting")
        }
    }

    @Test("a waiting job is cancelled at once, with its records and without its journal")
    func cancelled() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            try await fixture.suspend(JournalFixture.event())
            #expect(try await fixture.queue.cancel(fixture.jobID) == "cancelled")
            expect(
                try await fixture.rows("SELECT * FROM agent_executions")[0],
                has: ["status": "failed", "error_message": "cancelled", "retry_count": 0])
            #expect(try await fixture.count("run_steps") == 0)
            #expect(try await fixture.approve() == "already cancelled")
        }
    }

    @Test("a cancel asked for while the attempt ran wins over its wait")
    func cancelWins() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claim()
            await #expect(throws: Suspension.self) {
                try await fixture.journal(job).wait(for: JournalFixture.event())
            }
            _ = try await fixture.queue.cancel(job.id)
            try await fixture.settle(job, .wait)
            expect(try await fixture.job(), has: ["state": "cancelled", "attempt": 1])
            #expect(try await fixture.count("run_steps") == 0)
        }
    }

    @Test("settled as waiting twice, the second call learns so")
    func already() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claim()
            await #expect(throws: Suspension.self) {
                try await fixture.journal(job).wait(for: JournalFixture.event())
            }
            #expect(try await fixture.settle(job, .wait) == .done)
            #expect(try await fixture.settle(job, .wait) == .already)
            #expect(try await fixture.job()["attempt"] == 0)
        }
    }

    @Test("an approval of a job that is not there says so")
    func notFound() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            #expect(try await fixture.approve() == "not waiting")
            try await fixture.connection.execute(script: "TRUNCATE jobs")
            #expect(try await fixture.approve() == "not found")
        }
    }
}
