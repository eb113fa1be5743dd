import FoundationEssentials
import JSON
import Jobs
import Journal
import Postgres
import RunLog
import TestSupport
import Testing

/// A call of these tests has 40 tokens of prompt and at most 500 of reply, and uses 120.
@Suite("budgets", .serialized, .timeLimit(.minutes(2)))
struct BudgetTests {
    static let database = SuiteDatabase(migrated: true)

    private struct CallError: SpendReporting {
        let spend: Spend
        let ledgerCode = "HTTP_500"
        let ledgerMessage = "the provider broke"
    }

    @Test("the most a call may use is reserved before it, and what it used is spent after it")
    func settled() async throws {
        try await RunLogFixture.play(Self.database, [.daily(540)]) { fixture, journal in
            _ = try await journal.account(for: RunLogFixture.intent) {
                expect(
                    try await fixture.windows()[0],
                    has: ["reserved_tokens": 540, "spent_tokens": 0])
                return RunLogFixture.reply()
            }
            expect(
                try await fixture.windows()[0], has: ["reserved_tokens": 0, "spent_tokens": 120])
        }
    }

    @Test(
        "a call that failed for nothing gives its reservation back, one of unknown outcome keeps it",
        arguments: [(Spend.none, 0), (.known(RunLogFixture.usage), 120), (.unknown, 540)])
    func failed(spend: Spend, spent: Int) async throws {
        try await RunLogFixture.play(Self.database, [.daily(540)]) { fixture, journal in
            await #expect(throws: CallError.self) {
                try await journal.account(for: RunLogFixture.intent) {
                    () async throws -> AccountedReply<String> in
                    throw CallError(spend: spend)
                }
            }
            expect(
                try await fixture.windows()[0],
                has: ["reserved_tokens": 0, "spent_tokens": JSONValue(spent)])
        }
    }

    @Test("one token short, the call is not made, and the job is to be held until the day turns")
    func over() async throws {
        try await RunLogFixture.play(Self.database, [.daily(539)]) { fixture, journal in
            let limit = try await journal.limit()
            let user = fixture.job.userID?.lowercased() ?? ""
            #expect(limit.key.hasPrefix("budget:") && limit.key.hasSuffix(":\(user)"))
            #expect(
                limit.reason
                    == "budget user \(user) day: 0 of 539 tokens spent or reserved, this call may need 540"
            )
            let left = try await fixture.rows(
                """
                SELECT extract(epoch FROM ends_at - clock_timestamp())::float8 AS seconds
                FROM budget_windows
                """)[0]["seconds"]?.doubleValue
            let held = try #require(limit.holdFor) / .seconds(1)
            #expect(abs(held - (left ?? 0)) < 60)
            #expect(try await fixture.rows("SELECT * FROM token_usage") == [])
            expect(try await fixture.windows()[0], has: ["reserved_tokens": 0, "spent_tokens": 0])
        }
    }

    @Test("where calls under way take the room, the hold is a matter of seconds")
    func crowded() async throws {
        try await RunLogFixture.play(Self.database, [.daily(1000)]) { _, journal in
            _ = try await journal.account(for: RunLogFixture.intent) {
                let limit = try await journal.limit(step: "other")
                #expect(try #require(limit.holdFor) <= .seconds(5))
                return RunLogFixture.reply()
            }
            let text = try await journal.account(for: RunLogFixture.intent(step: "other")) {
                RunLogFixture.reply()
            }
            #expect(text == "hello")
        }
    }

    @Test("a request without a limit of its own reserves the model's longest reply")
    func defaultOutput() async throws {
        try await RunLogFixture.play(
            Self.database, [Budget(scope: .global, period: .month, tokens: 1_000_000)]
        ) {
            fixture, journal in
            var intent = RunLogFixture.intent
            intent.maxOutputTokens = nil
            _ = try await journal.account(for: intent) {
                expect(try await fixture.windows()[0], has: ["reserved_tokens": 16424])
                return RunLogFixture.reply()
            }
            _ = try await ModelPrices(fixture.connection).take(
                PriceList(["gpt-4.1": ["input_cost_per_token": 0, "max_output_tokens": 100]]))
            intent.step = "second"
            _ = try await journal.account(for: intent) {
                expect(try await fixture.windows()[0], has: ["reserved_tokens": 140])
                return RunLogFixture.reply()
            }
        }
    }

    @Test("a prompt is reserved at its bound, not at its estimate")
    func bound() async throws {
        try await RunLogFixture.play(Self.database, [.daily(10000)]) { fixture, journal in
            var intent = RunLogFixture.intent
            intent.maxInputTokens = 300
            _ = try await journal.account(for: intent) {
                expect(try await fixture.windows()[0], has: ["reserved_tokens": 800])
                return RunLogFixture.reply()
            }
            expect(try await fixture.usage(), has: ["estimated_input_tokens": 40])
        }
    }

    @Test(
        "what a dead worker reserved is spent when its job is rescued, and corrected by a late reply"
    )
    func rescued() async throws {
        try await RunLogFixture.play(
            Self.database, [.daily(1000), Budget(scope: .global, period: .month, tokens: 1000)]
        ) {
            fixture, journal in
            await #expect(throws: RunFailure.self) {
                try await journal.account(for: RunLogFixture.intent) {
                    try await fixture.rescue()
                    for window in try await fixture.windows() {
                        expect(window, has: ["reserved_tokens": 0, "spent_tokens": 540])
                    }
                    return RunLogFixture.reply()
                }
            }
            for window in try await fixture.windows() {
                expect(window, has: ["reserved_tokens": 0, "spent_tokens": 120])
            }
        }
    }

    @Test("a worker that dies between the outcome of a call and its budget leaks no reservation")
    func diedBetween() async throws {
        try await RunLogFixture.play(Self.database, [.daily(1000)]) { fixture, journal in
            await #expect(throws: CancellationError.self) {
                try await journal.account(for: RunLogFixture.intent) {
                    () async throws -> AccountedReply<String> in
                    // As the transaction that writes the outcome would have left it.
                    try await fixture.connection.query(
                        """
                        UPDATE token_usage
                        SET status = 'settled', input_tokens = 100, output_tokens = 20
                        """)
                    expect(try await fixture.windows()[0], has: ["reserved_tokens": 540])
                    try await fixture.rescue()
                    expect(
                        try await fixture.windows()[0],
                        has: ["reserved_tokens": 0, "spent_tokens": 120])
                    throw CancellationError()
                }
            }
        }
    }

    @Test("a budget of one user goes before that of each, and every scope is charged")
    func scopes() async throws {
        try await RunLogFixture.play(Self.database, [.daily(1)]) { fixture, journal in
            let budgets = Budgets(fixture.connection)
            let user = try #require(fixture.job.userID)
            let agent = try #require(fixture.job.agentID).uuidString
            _ = try await budgets.set(
                Budget(scope: .user, subject: user, period: .day, tokens: 1000))
            _ = try await budgets.set(
                Budget(scope: .user, subject: "another", period: .month, tokens: 1))
            _ = try await budgets.set(
                Budget(scope: .agent, subject: agent, period: .month, tokens: 2000))
            _ = try await budgets.set(Budget(scope: .global, period: .day, tokens: 3000))
            _ = try await journal.account(for: RunLogFixture.intent) { RunLogFixture.reply() }
            let charged = try await fixture.rows(
                """
                SELECT scope, token_limit, spent_tokens FROM budget_status
                WHERE spent_tokens > 0 ORDER BY token_limit
                """)
            #expect(
                charged == [
                    ["scope": "user", "token_limit": 1000, "spent_tokens": 120],
                    ["scope": "agent", "token_limit": 2000, "spent_tokens": 120],
                    ["scope": "global", "token_limit": 3000, "spent_tokens": 120],
                ])
        }
    }

    @Test("a call that falls under no budget touches no window")
    func untouched() async throws {
        try await RunLogFixture.play(
            Self.database, [Budget(scope: .user, subject: "another", period: .day, tokens: 1)]
        ) {
            fixture, journal in
            _ = try await journal.account(for: RunLogFixture.intent) { RunLogFixture.reply() }
            #expect(try await fixture.windows() == [])
        }
    }

    @Test("one budget without room leaves the others as they were")
    func allOrNothing() async throws {
        try await RunLogFixture.play(
            Self.database, [.daily(1000), Budget(scope: .global, period: .day, tokens: 100)]
        ) {
            fixture, journal in
            let limit = try await journal.limit()
            #expect(limit.reason.hasPrefix("budget global day: 0 of 100 tokens"))
            for window in try await fixture.windows() {
                expect(window, has: ["reserved_tokens": 0, "spent_tokens": 0])
            }
        }
    }

    private static let price: JSONValue = [
        "gpt-4.1": [
            "input_cost_per_token": 0.000002, "output_cost_per_token": 0.000008,
            "cache_read_input_token_cost": 5e-7,
        ]
    ]
    private static let plainUsage = CallUsage(inputTokens: 100, outputTokens: 20, cachedTokens: 64)

    @Test("money is reserved and spent to the last digit")
    func money() async throws {
        // 40 × 0.000002 + 500 × 0.000008
        let exact = try #require(JSONNumber(text: "0.00408"))
        try await RunLogFixture.play(
            Self.database, [Budget(scope: .user, period: .day, usd: exact)]
        ) { fixture, journal in
            _ = try await ModelPrices(fixture.connection).take(
                PriceList(Self.price), validFrom: "2020-01-01T00:00:00Z")
            _ = try await journal.account(for: RunLogFixture.intent) {
                expect(try await fixture.windows()[0], has: ["reserved_usd": "0.00408"])
                return RunLogFixture.reply(usage: Self.plainUsage)
            }
            // 36 × 0.000002 + 64 × 0.0000005 + 20 × 0.000008
            expect(
                try await fixture.windows()[0], has: ["reserved_usd": "0", "spent_usd": "0.000264"])
            expect(try await fixture.usage(), has: ["cost_usd": 0.000264])
            let limit = try await journal.limit(step: "second")
            #expect(
                limit.reason.hasSuffix(
                    "day: 0.000264 of 0.00408 USD spent or reserved, this call may need 0.00408"))
        }
    }

    @Test(
        "a model without a price is refused, or counts as nothing but is counted, or costs what is assumed"
    )
    func unpriced() async throws {
        let usd = JSONNumber(5)
        let assumed = Budget.Unpriced.assume(
            input: JSONNumber(text: "2e-6") ?? 0, output: JSONNumber(text: "3e-6") ?? 0)
        try await RunLogFixture.play(Self.database, [Budget(scope: .user, period: .day, usd: usd)])
        { fixture, journal in
            let limit = try await journal.limit()
            #expect(limit.reason.contains("no price is known of model gpt-4.1"))
            for (step, policy, spent, count) in [
                ("zero", Budget.Unpriced.zero, "0", 1), ("assume", assumed, "0.00026", 2),
            ] {
                _ = try await Budgets(fixture.connection).set(
                    Budget(scope: .user, period: .day, usd: usd, unpriced: policy))
                _ = try await journal.account(for: RunLogFixture.intent(step: step)) {
                    RunLogFixture.reply(usage: Self.plainUsage)
                }
                expect(
                    try await fixture.windows()[0],
                    has: ["spent_usd": .string(spent), "unpriced_calls": JSONValue(count)])
            }
            #expect(journal.counts.unpricedModels == ["openai/gpt-4.1-2025"])
            let named = try await fixture.rows("SELECT model, calls FROM unpriced_models")
            #expect(named == [["model": "gpt-4.1-2025", "calls": 2]])
        }
    }
}
