import JSON
import Postgres
import TestSupport
import Testing

@testable import RunLog

@Suite("price import", .serialized, .timeLimit(.minutes(2)))
struct PriceImportTests {
    private static let database = SuiteDatabase(migrated: true)
    private static let list: JSONValue = [
        "a": ["input_cost_per_token": 0.1, "input_cost_per_token_flex": 0.05, "source": "web"],
        "b": ["input_cost_per_token": 0.2, "max_output_tokens": 100],
    ]

    @Test("the same list again changes nothing; only changed prices make a new version")
    func versions() async throws {
        try await PriceFixture.run(in: Self.database) { fixture in
            var done = try await fixture.take(Self.list, validFrom: "2026-01-01T00:00:00Z")
            #expect(done == ModelPrices.Imported(new: 2))
            done = try await fixture.take(Self.list, validFrom: "2026-03-01T00:00:00Z")
            #expect(done == ModelPrices.Imported(unchanged: 2))
            done = try await fixture.take(
                [
                    "a": ["input_cost_per_token": 0.1, "input_cost_per_token_flex": 0.04],
                    "b": ["input_cost_per_token": 2e-1, "max_output_tokens": 200],
                ], validFrom: "2026-04-01T00:00:00Z")
            #expect(done == ModelPrices.Imported(changed: 1, unchanged: 1))
            #expect(
                try await fixture.value(
                    "SELECT string_agg(concat_ws(' ', model, valid_from::date, tier, input_price), '|' "
                        + "ORDER BY model, valid_from, tier) FROM model_prices")
                    == "a 2026-01-01 flex 0.05|a 2026-01-01 standard 0.1|"
                    + "a 2026-04-01 flex 0.04|a 2026-04-01 standard 0.1|b 2026-01-01 standard 0.2")
            // What is no price is taken over all the same.
            #expect(
                try await fixture.value(
                    "SELECT max_output_tokens FROM model_prices WHERE model = 'b'")
                    == "200")
        }
    }

    @Test("prices for a day that has some are corrected, and an older day's may be added")
    func corrected() async throws {
        try await PriceFixture.run(in: Self.database) { fixture in
            for (price, day) in [(0.1, "2026-02-01"), (0.3, "2026-02-01"), (0.2, "2026-01-01")] {
                try await fixture.take(
                    ["m": ["input_cost_per_token": .number(JSONNumber(price) ?? 0)]],
                    validFrom: day + "T00:00:00Z")
            }
            #expect(
                try await fixture.value(
                    "SELECT string_agg(concat_ws(' ', valid_from::date, input_price), '|' "
                        + "ORDER BY valid_from) FROM model_prices")
                    == "2026-01-01 0.2|2026-02-01 0.3")
        }
    }

    @Test("the raw entry is kept with what has no column")
    func raw() async throws {
        try await PriceFixture.run(in: Self.database) { fixture in
            try await fixture.take(Self.list)
            let value = try await fixture.value(
                "SELECT raw ->> 'source' FROM model_prices WHERE model = 'a' AND tier = 'standard'")
            #expect(value == "web")
        }
    }

    @Test(
        "shipped prices count since ever, and from now on when they change; imported ones are never touched"
    )
    func shipped() async throws {
        try await PriceFixture.run(in: Self.database) { fixture in
            var done = try await fixture.take(Self.list, source: .shipped)
            #expect(done == ModelPrices.Imported(new: 2))
            #expect(try await fixture.cost("a", "10, 0", at: "'1999-01-01'") == "1")
            done = try await fixture.take(Self.list, source: .shipped)
            #expect(done == ModelPrices.Imported(unchanged: 2))
            try await fixture.take(["b": ["input_cost_per_token": 0.9]])
            done = try await fixture.take(
                ["a": ["input_cost_per_token": 0.7], "b": ["input_cost_per_token": 0.7]],
                source: .shipped)
            #expect(done == ModelPrices.Imported(changed: 1, kept: 1))
            #expect(try await fixture.cost("a", "10, 0") == "7")
            #expect(try await fixture.cost("a", "10, 0", at: "'1999-01-01'") == "1")
            #expect(try await fixture.cost("b", "10, 0") == "9")
        }
    }

    @Test("two imports at once end as if one came after the other")
    func concurrent() async throws {
        try await PriceFixture.run(in: Self.database) { fixture in
            let other = try await Self.database.get().connect()
            async let first = fixture.take(Self.list, validFrom: "2026-01-01T00:00:00Z")
            async let second = ModelPrices(other).take(
                PriceList(Self.list), validFrom: "2026-01-01T00:00:00Z")
            let outcomes = try await [first, second]
            #expect(outcomes.map(\.new).sorted() == [0, 2])
            #expect(outcomes.map(\.unchanged).sorted() == [0, 2])
            await other.close()
        }
    }

    @Test(
        "the public price list is taken in whole",
        .enabled(
            if: PriceFixture.publicList != nil, "the public price list is not beside the package"))
    func publicList() async throws {
        try await PriceFixture.run(in: Self.database) { fixture in
            try await fixture.takePublicList()
            #expect(try await fixture.prices.count() == 295)
        }
    }
}
