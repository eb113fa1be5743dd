import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import RunLog
import TestSupport
import Testing

@Suite("ledger outages", .serialized, .timeLimit(.minutes(2)))
struct LedgerOutageTests {
    static let database = SuiteDatabase(migrated: true)

    @Test("without a ledger no call is made, and that is a transport failure")
    func outageBefore() async throws {
        try await RunLogFixture.withJournal(in: Self.database) { fixture, journal in
            try await fixture.connection.execute(script: "ALTER TABLE token_usage RENAME TO gone")
            let failure = await #expect(throws: RunFailure.self) {
                try await journal.account(for: RunLogFixture.intent) {
                    Issue.record("the call was made")
                    return RunLogFixture.reply()
                }
            }
            #expect(failure?.failureClass == .transport && failure?.code == "LEDGER_UNAVAILABLE")
            try await fixture.connection.execute(script: "ALTER TABLE gone RENAME TO token_usage")
        }
    }

    @Test("a reply that cannot be recorded is not used, and that is a transport failure")
    func outageAfter() async throws {
        try await RunLogFixture.withJournal(in: Self.database, patience: .milliseconds(100)) {
            fixture, journal in
            let failure = await #expect(throws: RunFailure.self) {
                try await journal.account(for: RunLogFixture.intent) {
                    try await fixture.connection.execute(
                        script: "ALTER TABLE token_usage RENAME TO gone")
                    return RunLogFixture.reply()
                }
            }
            #expect(failure?.failureClass == .transport && failure?.code == "LEDGER_UNAVAILABLE")
            try await fixture.connection.execute(script: "ALTER TABLE gone RENAME TO token_usage")
            // It stays open until the attempt ends, and then counts as unknown.
            #expect(try await fixture.usage()["status"] == "pending")
            try await fixture.rescue()
            #expect(try await fixture.usage()["status"] == "unknown")
        }
    }

    @Test("an outcome is written once a short outage is over")
    func shortOutage() async throws {
        try await RunLogFixture.withJournal(in: Self.database) { fixture, journal in
            _ = try await journal.account(for: RunLogFixture.intent) {
                // Every connection of the journal's pool is ended by the server.
                try await fixture.connection.query(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()
                    """)
                return RunLogFixture.reply()
            }
            #expect(try await fixture.usage()["status"] == "settled")
        }
    }
}
