import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import RunLog
import TestSupport
import Testing

@Suite("purge and retention", .serialized, .timeLimit(.minutes(2)))
struct PurgeTests {
    static let database = SuiteDatabase(migrated: true)

    private func work(_ journal: AttemptJournal) async throws {
        _ = try await journal.account(for: JournalFixture.intent("call")) {
            JournalFixture.reply("secret")
        }
        _ = try await journal.perform(JournalFixture.step("tool", .once)) { "secret" }
    }

    static let ends: [Outcome] = [.completed, .failed, .cancelled]
    static let pauses: [Outcome] = [.retry(after: .zero), .snooze(after: .zero), .interrupt]

    @Test("the final settlement purges the journal", arguments: ends)
    func purged(outcome: Outcome) async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claim()
            try await work(fixture.journal(job))
            #expect(try await fixture.count("run_steps") == 2)
            try await fixture.settle(job, outcome)
            #expect(try await fixture.count("run_steps") == 0)
        }
    }

    @Test("an end that is none keeps it", arguments: pauses)
    func kept(outcome: Outcome) async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claim()
            try await work(fixture.journal(job))
            try await fixture.settle(job, outcome)
            #expect(try await fixture.count("run_steps WHERE keep_until IS NULL") == 2)
        }
    }

    @Test("a rescue at the last attempt and a cancel purge it too")
    func withoutWorker() async throws {
        try await JournalFixture.run(in: Self.database, maxAttempts: 1) { fixture in
            try await work(fixture.journal(try await fixture.claim()))
            try await fixture.crash()
            #expect(try await fixture.job()["state"] == "failed")
            #expect(try await fixture.count("run_steps") == 0)
        }
        try await JournalFixture.run(in: Self.database) { fixture in
            try await work(fixture.journal(try await fixture.claim()))
            try await fixture.crash()
            #expect(try await fixture.count("run_steps") == 2)
            #expect(try await fixture.queue.cancel(fixture.jobID) == "cancelled")
            #expect(try await fixture.count("run_steps") == 0)
        }
    }

    @Test("with a retention it is kept until then, and pruned after")
    func retention() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claim()
            try await work(fixture.journal(job, retention: .seconds(86400)))
            try await fixture.settle(job, .completed)
            #expect(
                try await fixture.count(
                    "run_steps WHERE keep_until BETWEEN now() + interval '23 h' "
                        + "AND now() + interval '24 h'") == 2)
            #expect(try await fixture.queue.pruneJournals(limit: 10) == 0)
            try await fixture.connection.execute(
                script: "UPDATE run_steps SET keep_until = now() - interval '1 s'")
            #expect(try await fixture.queue.pruneJournals(limit: 1) == 1)
            #expect(try await fixture.queue.pruneJournals(limit: 10) == 1)
        }
    }

    @Test("another job's journal stays")
    func others() async throws {
        try await JournalFixture.run(in: Self.database) { fixture in
            let job = try await fixture.claim()
            try await fixture.connection.query(
                """
                INSERT INTO run_steps (
                    execution_id, step_key, kind, fingerprint, attempt_id, status, output)
                VALUES (gen_random_uuid(), 'k', 'step', 'f', gen_random_uuid(), 'done', '1')
                """)
            try await work(fixture.journal(job))
            try await fixture.settle(job, .completed)
            #expect(try await fixture.count("run_steps") == 1)
        }
    }
}
