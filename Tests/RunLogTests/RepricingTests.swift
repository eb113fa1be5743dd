import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import TestSupport
import Testing

@testable import RunLog

@Suite("repricing", .serialized, .timeLimit(.minutes(2)))
struct RepricingTests {
    private static let database = SuiteDatabase(migrated: true)
    private static let list: JSONValue = [
        "gpt-4.1": [
            "input_cost_per_token": 0.000002, "output_cost_per_token": 0.000008,
            "cache_read_input_token_cost": 5e-7,
        ]
    ]

    /// A finished run of one call that nobody could price, 100 tokens in (64 cached) and 20 out.
    private func unpricedRun(_ body: (RunLogFixture) async throws -> Void) async throws {
        try await RunLogFixture.withJournal(in: Self.database) { fixture, journal in
            _ = try await Budgets(fixture.connection).set(
                Budget(scope: .user, period: .day, usd: 5, unpriced: .zero))
            _ = try await journal.account(for: RunLogFixture.intent) {
                RunLogFixture.reply(
                    usage: CallUsage(inputTokens: 100, outputTokens: 20, cachedTokens: 64))
            }
            _ = try await fixture.queue.settle([
                Settlement(
                    jobID: fixture.job.id, attemptID: fixture.job.attemptID, outcome: .completed)
            ])
            #expect(try await costs(fixture) == Self.unknown)
            try await body(fixture)
        }
    }

    private static let unknown: JSONValue = [
        "usage": nil, "attempt": nil, "execution": nil, "log": nil, "spent": 0, "unpriced": 1,
    ]
    private static let known: JSONValue = [
        "usage": 0.000264, "attempt": 0.000264, "execution": 0.000264, "log": 0.000264,
        "spent": 0.000264, "unpriced": 0,
    ]

    /// Every place that holds the run's cost.
    private func costs(_ fixture: RunLogFixture) async throws -> JSONValue {
        try await fixture.rows(
            """
            SELECT u.cost_usd AS usage, a.cost_usd AS attempt, e.logs -> 'costUsd' AS execution,
                l.full_output -> 'costUsd' AS log, trim_scale(w.spent_usd) AS spent,
                w.unpriced_calls AS unpriced
            FROM token_usage u, job_attempts a, agent_executions e, agent_logs l, budget_windows w
            """)[0]
    }

    @Test(
        "a price that comes later reaches usage, ledger, execution, log and budget; again changes nothing"
    )
    func later() async throws {
        try await unpricedRun { fixture in
            _ = try await ModelPrices(fixture.connection).take(
                PriceList(Self.list), validFrom: "2020-01-01T00:00:00Z")
            let repricing = Repricing(fixture.connection)
            let expected = Repricing.Result(
                calls: 1, changed: 1, unpriced: 0, oldCost: "0", newCost: "0.000264")
            #expect(try await repricing.run(since: nil, isDryRun: true) == expected)
            #expect(try await costs(fixture) == Self.unknown)
            #expect(try await repricing.run(since: nil, isDryRun: false) == expected)
            #expect(try await costs(fixture) == Self.known)
            var again = expected
            again.changed = 0
            again.oldCost = again.newCost
            #expect(try await repricing.run(since: nil, isDryRun: false) == again)
        }
    }

    @Test("a price that came after the call is not its price, and calls before the span stay")
    func spans() async throws {
        try await unpricedRun { fixture in
            _ = try await ModelPrices(fixture.connection).take(PriceList(Self.list))
            let repricing = Repricing(fixture.connection)
            #expect(
                try await repricing.run(since: nil, isDryRun: false)
                    == Repricing.Result(calls: 1, changed: 0, unpriced: 1))
            _ = try await ModelPrices(fixture.connection).take(
                PriceList(Self.list), validFrom: "2020-01-01T00:00:00Z")
            #expect(
                try await repricing.run(since: "2100-01-01T00:00:00Z", isDryRun: false)
                    == Repricing.Result())
            #expect(try await costs(fixture) == Self.unknown)
        }
    }

    @Test("a known cost is never forgotten, and another application's own cost stays")
    func kept() async throws {
        try await unpricedRun { fixture in
            _ = try await ModelPrices(fixture.connection).take(
                PriceList(Self.list), validFrom: "2020-01-01T00:00:00Z")
            let repricing = Repricing(fixture.connection)
            _ = try await repricing.run(since: nil, isDryRun: false)
            try await fixture.connection.query("DELETE FROM model_prices")
            _ = try await repricing.run(since: nil, isDryRun: false)
            #expect(try await costs(fixture) == Self.known)
            _ = try await ModelPrices(fixture.connection).take(
                PriceList(Self.list), validFrom: "2020-01-01T00:00:00Z")
            try await fixture.connection.query(
                """
                INSERT INTO token_usage (model_name, input_tokens, output_tokens, cost_usd)
                SELECT 'gpt-4.1', 1000, 0, cost FROM (VALUES (7), (NULL)) AS known (cost),
                    generate_series(1, 600)
                """)
            let result = try await repricing.run(since: nil, isDryRun: false)
            #expect(result.calls == 601 && result.changed == 600)
            let theirs = try await fixture.rows(
                """
                SELECT cost_usd AS cost, count(*) AS calls FROM token_usage
                WHERE attempt_id IS NULL GROUP BY 1 ORDER BY 1
                """)
            #expect(
                theirs == [["cost": 0.002, "calls": 600], ["cost": 7, "calls": 600]])
        }
    }

    @Test("a call of unknown outcome has its estimate priced, and no cost")
    func estimate() async throws {
        struct Strange: Error {}
        try await RunLogFixture.withJournal(in: Self.database) { fixture, journal in
            await #expect(throws: Strange.self) {
                try await journal.account(for: RunLogFixture.intent) {
                    () async throws -> AccountedReply<String> in
                    throw Strange()
                }
            }
            expect(try await fixture.usage(), has: ["cost_usd": nil, "estimated_cost_usd": nil])
            _ = try await ModelPrices(fixture.connection).take(
                PriceList(Self.list), validFrom: "2020-01-01T00:00:00Z")
            _ = try await Repricing(fixture.connection).run(since: nil, isDryRun: false)
            expect(
                try await fixture.usage(),
                has: ["cost_usd": nil, "estimated_cost_usd": 0.00408, "status": "unknown"])
        }
    }
}
