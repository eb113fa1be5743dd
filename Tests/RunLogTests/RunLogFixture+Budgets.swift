import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import RunLog
import TestSupport
import Testing

extension RunLogFixture {
    /// Runs `body` with the journal of a claimed job whose calls fall under these budgets.
    static func play(
        _ suite: SuiteDatabase, _ budgets: [Budget],
        _ body: (RunLogFixture, AttemptJournal) async throws -> Void
    ) async throws {
        try await withJournal(in: suite) { fixture, journal in
            for budget in budgets { _ = try await Budgets(fixture.connection).set(budget) }
            try await body(fixture, journal)
        }
    }

    /// What the windows hold, in the order of their budgets.
    func windows() async throws -> [JSONValue] {
        try await rows(
            """
            SELECT reserved_tokens, spent_tokens, unpriced_calls, trim_scale(reserved_usd)::text
                AS reserved_usd, trim_scale(spent_usd)::text AS spent_usd
            FROM budget_windows ORDER BY budget_id
            """)
    }
}

extension Budget {
    /// The tokens of each user in a day.
    static func daily(_ tokens: Int64) -> Budget {
        Budget(scope: .user, period: .day, tokens: tokens)
    }
}

extension AttemptJournal {
    /// Expects that a call has no room, and answers the limit that stopped it.
    func limit(step: String = "iteration1") async throws -> Suspension {
        try #require(
            await #expect(throws: Suspension.self) {
                try await account(for: RunLogFixture.intent(step: step)) {
                    Issue.record("the call was made")
                    return RunLogFixture.reply()
                }
            })
    }
}
