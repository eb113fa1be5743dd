import JSON
import Testing

@testable import RunLog

@Suite("price list")
struct PriceListTests {
    @Test(
        "a member's name says what it prices, from which size on, and in which tier",
        arguments: [
            ("input_cost_per_token", PriceKey(kind: .input)),
            ("output_cost_per_token", PriceKey(kind: .output)),
            ("cache_read_input_token_cost", PriceKey(kind: .cachedInput)),
            ("cache_creation_input_token_cost", PriceKey(kind: .cacheWrite)),
            ("cache_creation_input_token_cost_above_1hr", PriceKey(kind: .cacheWrite1h)),
            (
                "cache_creation_input_token_cost_above_1hr_above_200k_tokens",
                PriceKey(kind: .cacheWrite1h, aboveTokens: 200_000)
            ),
            ("output_cost_per_reasoning_token", PriceKey(kind: .reasoning)),
            ("input_cost_per_audio_token", PriceKey(kind: .audioInput)),
            ("output_cost_per_audio_token", PriceKey(kind: .audioOutput)),
            ("input_cost_per_token_batches", PriceKey(kind: .input, tier: "batch")),
            ("output_cost_per_token_flex", PriceKey(kind: .output, tier: "flex")),
            ("input_cost_per_token_ultrafast", PriceKey(kind: .input, tier: "ultrafast")),
            (
                "cache_read_input_token_cost_above_272k_tokens_priority",
                PriceKey(kind: .cachedInput, tier: "priority", aboveTokens: 272_000)
            ),
            (
                "input_cost_per_token_above_128k_tokens",
                PriceKey(kind: .input, aboveTokens: 128_000)
            ),
        ])
    func keys(member: String, key: PriceKey) {
        #expect(PriceKey(member: member) == key)
    }

    @Test(
        "what prices something else is left alone",
        arguments: [
            "input_cost_per_image", "input_cost_per_second", "search_context_cost_per_query",
            "input_cost_per_token_cache_hit", "input_cost_per_token_above_many_tokens", "rpm",
            "regional_processing_uplift_multiplier_eu", "input_cost_per_tokens",
        ])
    func others(member: String) {
        #expect(PriceKey(member: member) == nil)
    }

    @Test("prices are kept as they were written, digit for digit")
    func exact() throws {
        let list = try PriceList(
            JSONValue(
                parsing: """
                    {"m": {"input_cost_per_token": 2.9999999999999997e-07,
                        "output_cost_per_token": 0.000010, "cache_read_input_token_cost": "0.1e-7",
                        "max_output_tokens": 8192.0, "litellm_provider": "openai", "mode": "chat"}}
                    """))
        let rate = try #require(list.entries.first?.json["rates"]?[0])
        #expect(
            rate.serialized
                == #"{"tier":"standard","above_tokens":0,"input":2.9999999999999997e-07,"cached_input":0.1e-7,"output":0.000010}"#
        )
        #expect(list.entries[0].json["max_output_tokens"] == 8192)
    }

    @Test("an entry that cannot be read is named, and the others are used")
    func faults() throws {
        let list = try PriceList([
            "sample_spec": ["input_cost_per_token": "a price"],
            "good": ["input_cost_per_token": 0, "output_cost_per_token": nil],
            "text": "cheap", "negative": ["input_cost_per_token": -1],
            "million": ["input_cost_per_token": 2.5], "word": ["output_cost_per_token": "much"],
            "yes": ["output_cost_per_token": true],
            "image": ["input_cost_per_image": 0.04, "mode": "image_generation"],
            "stepped": ["tiered_pricing": [["input_cost_per_token": 1]]],
        ])
        #expect(list.entries.map(\.model) == ["good"])
        #expect(list.withoutTokenPrices == 1)
        #expect(
            list.unreadable.map(\.description) == [
                "text: expected an object, found string",
                "negative: input_cost_per_token: -1 is no price of one token in USD",
                "million: input_cost_per_token: 2.5 is no price of one token in USD",
                "word: output_cost_per_token: expected a number, found string",
                "yes: output_cost_per_token: expected a number, found boolean",
                "stepped: tiered_pricing: expected ranges with a start",
            ])
    }

    @Test(
        "an exponent without end is no price", arguments: ["1e-999999999", "1e999999999", "-0.1"])
    func absurd(text: String) throws {
        let number = try #require(JSONNumber(text: text))
        let list = try PriceList(["m": ["input_cost_per_token": .number(number)]])
        #expect(list.entries.isEmpty && list.unreadable.count == 1)
    }

    @Test("a document that is no list says so")
    func noList() {
        #expect(throws: PriceList.DocumentError.self) { try PriceList([1, 2]) }
    }

    @Test("the list that ships can be read whole, and prices the models the settings default to")
    func shipped() throws {
        let list = try PriceList.shipped()
        #expect(list.unreadable == [] && list.withoutTokenPrices == 0)
        let models = Set(list.entries.map(\.model))
        #expect(models.isSuperset(of: ["gpt-4o", "gpt-4.1-nano", "claude-sonnet-4-5"]))
    }
}
