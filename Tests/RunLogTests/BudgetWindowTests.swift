import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import RunLog
import TestSupport
import Testing

@Suite("budgets and their windows", .serialized, .timeLimit(.minutes(2)))
struct BudgetWindowTests {
    private static let database = SuiteDatabase(migrated: true)

    @Test("raising or removing a budget lets go what it holds")
    func release() async throws {
        try await RunLogFixture.play(Self.database, [.daily(1)]) { fixture, journal in
            let budgets = Budgets(fixture.connection)
            let id = try #require(try await budgets.list().first?["id"]?.intValue)
            for change in ["raise", "remove"] {
                try await fixture.connection.query(
                    """
                    INSERT INTO jobs (kind, payload, state, hold_key, hold_reason, hold_until)
                    SELECT 'generation', '{"prompt": "p"}', 'held', held.key, held.reason,
                        now() + interval '1 day'
                    FROM (VALUES ($1, 'budget'), ($2, 'other')) AS held (key, reason)
                    """, [.text("budget:\(id):u1"), .text("budget:\(id)0:u1")])
                if change == "raise" {
                    _ = try await budgets.set(.daily(2))
                } else {
                    #expect(try await budgets.remove(Int64(id)))
                    #expect(try await !budgets.remove(Int64(id)))
                }
                let held = try await fixture.rows(
                    "SELECT hold_reason FROM jobs WHERE state = 'held'")
                #expect(held == [["hold_reason": "other"]], "\(change)")
                // A job whose run was stopped just before the change is held just after it.
                try await fixture.connection.query(
                    "UPDATE jobs SET hold_key = $1 WHERE state = 'held'",
                    [.text("budget:\(id):u1")])
                #expect(try await budgets.releaseChanged() == 1)
                try await fixture.connection.query("DELETE FROM jobs WHERE kind = 'generation'")
            }
            _ = try await journal.account(for: RunLogFixture.intent) { RunLogFixture.reply() }
        }
    }

    @Test(
        "days and months turn in the budget's zone",
        arguments: [
            ("day", "UTC", "2026-03-29 12:00+00", "2026-03-29 00:00", "2026-03-30 00:00"),
            // the clock goes forward, and back
            ("day", "Europe/Berlin", "2026-03-29 12:00+00", "2026-03-28 23:00", "2026-03-29 22:00"),
            ("day", "Europe/Berlin", "2026-10-25 12:00+00", "2026-10-24 22:00", "2026-10-25 23:00"),
            ("month", "Asia/Tokyo", "2026-01-31 16:00+00", "2026-01-31 15:00", "2026-02-28 15:00"),
            ("month", "UTC", "2026-12-31 23:59+00", "2026-12-01 00:00", "2027-01-01 00:00"),
        ])
    func windowsTurn(
        period: String, zone: String, moment: String, start: String, end: String
    ) async throws {
        let connection = try await Self.database.get().connect()
        let row = try await connection.query(
            """
            SELECT to_char(starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS starts,
                to_char(ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS ends
            FROM budget_period($1, $2, $3::timestamptz)
            """, [.text(period), .text(zone), .text(moment)])[0]
        #expect(try row.decode(String.self, "starts") == start)
        #expect(try row.decode(String.self, "ends") == end)
        await connection.close()
    }

    @Test("a window that turned is another: its predecessor's sums stand in nobody's way")
    func turned() async throws {
        try await RunLogFixture.play(Self.database, [.daily(600)]) { fixture, journal in
            _ = try await journal.account(for: RunLogFixture.intent) { RunLogFixture.reply() }
            _ = try await journal.limit(step: "second")
            for table in ["budget_windows", "budget_charges"] {
                try await fixture.connection.query(
                    "UPDATE \(table) SET starts_at = starts_at - interval '1 day'")
            }
            _ = try await journal.account(for: RunLogFixture.intent(step: "second")) {
                RunLogFixture.reply()
            }
            #expect(try await fixture.windows().count == 2)
        }
    }

    @Test("windows of five weeks ago are removed with their charges, a step at a time")
    func prune() async throws {
        try await RunLogFixture.play(Self.database, [.daily(600)]) { fixture, journal in
            _ = try await journal.account(for: RunLogFixture.intent) { RunLogFixture.reply() }
            let budgets = Budgets(fixture.connection)
            #expect(try await budgets.prune(limit: 10) == 0)
            try await fixture.connection.query(
                "UPDATE budget_windows SET ends_at = now() - interval '36 days'")
            #expect(try await budgets.prune(limit: 1) == 1)
            #expect(try await fixture.rows(RunLogFixture.budgetViolations) == [])
            #expect(try await budgets.prune(limit: 10) == 1)
            #expect(try await fixture.windows() == [])
        }
    }

    @Test(
        "a budget that makes no sense is refused",
        arguments: [
            "set_budget('user', 'day')", "set_budget('user', 'week', token_limit => 1)",
            "set_budget('user', 'day', token_limit => -1)",
            "set_budget('user', 'day', token_limit => 1, time_zone => 'Europe/Nowhere')",
            "set_budget('agent', 'day', 'no uuid', token_limit => 1)",
            "set_budget('global', 'day', 'u1', token_limit => 1)",
            "set_budget('user', 'day', usd_limit => 1, unpriced => 'assume')",
        ])
    func refused(call: String) async throws {
        let connection = try await Self.database.get().connect()
        await #expect(throws: PostgresError.self) { try await connection.query("SELECT \(call)") }
        await connection.close()
    }
}
