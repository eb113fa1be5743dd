import JSON
import Postgres
import RunLog
import TestSupport
import Testing

@Suite("cost of a call", .serialized, .timeLimit(.minutes(2)))
struct CallCostTests {
    private static let database = SuiteDatabase(migrated: true)

    /// A call and its exact cost: input, output, cached, written, written for an hour, reasoning.
    struct Vector: Sendable {
        let model: String
        let arguments: String
        let cost: String
    }

    private static let common = [
        Vector(model: "gpt-4o", arguments: "1200, 0, 1024", cost: "0.00172"),
        Vector(model: "gpt-4o", arguments: "1200, 300, 1024", cost: "0.00472"),
        Vector(
            model: "claude-sonnet-4-5", arguments: "130213, 0, 128955, 1253", cost: "0.04340025"),
        Vector(
            model: "claude-sonnet-4-5", arguments: "130213, 500, 128955, 1253", cost: "0.05090025"),
    ]
    private static let shipped =
        common + [
            Vector(model: "gemini/gemini-2.5-pro", arguments: "300000, 0", cost: "0.75"),
            Vector(model: "gemini/gemini-2.5-pro", arguments: "300000, 1000", cost: "0.765"),
            Vector(
                model: "gpt-5", arguments: "300000, 0, service_tier => 'flex'", cost: "0.1875"),
            Vector(
                model: "gpt-5", arguments: "300000, 1000, service_tier => 'flex'", cost: "0.1925"),
        ]

    @Test("costs of the shipped prices are exact to the last digit", arguments: shipped)
    func shippedVectors(vector: Vector) async throws {
        try await PriceFixture.run(in: Self.database) { fixture in
            _ = try await fixture.prices.take(.shipped(), source: .shipped)
            #expect(try await fixture.cost(vector.model, vector.arguments) == vector.cost)
        }
    }

    /// The list names no prices by size and none of flex; what it lacks is not made up.
    @Test(
        "costs of the public price list are exact to the last digit",
        .enabled(
            if: PriceFixture.publicList != nil, "the public price list is not beside the package"),
        arguments: common + [
            Vector(model: "gemini/gemini-2.5-pro", arguments: "300000, 1000", cost: "0.385"),
            Vector(
                model: "gpt-5", arguments: "300000, 1000, service_tier => 'batch'", cost: "0.1925"),
        ])
    func publicVectors(vector: Vector) async throws {
        try await PriceFixture.run(in: Self.database) { fixture in
            try await fixture.takePublicList()
            #expect(try await fixture.cost(vector.model, vector.arguments) == vector.cost)
            #expect(
                try await fixture.cost("gpt-5", "300000, 1000, service_tier => 'flex'") == nil)
        }
    }

    private static let list: JSONValue = [
        "m": [
            "input_cost_per_token": 0.00001, "output_cost_per_token": 0.00003,
            "cache_read_input_token_cost": 0.000001, "output_cost_per_reasoning_token": 0.00005,
            "input_cost_per_token_above_200k_tokens": 0.00002,
            "output_cost_per_token_above_200k_tokens": 0.00004,
            "input_cost_per_token_priority": 0.00007, "output_cost_per_token_priority": 0.00008,
            "input_cost_per_token_above_200k_tokens_priority": 0.00009,
        ],
        "plain": ["input_cost_per_token": 0.00001, "output_cost_per_token": 0.00003],
        "writes": [
            "input_cost_per_token": 0.00001, "cache_creation_input_token_cost": 0.0000125,
            "output_cost_per_token": 0.00003,
        ],
        "audio": [
            "input_cost_per_token": 0.00001, "output_cost_per_token": 0.00003,
            "input_cost_per_audio_token": 0.0004, "output_cost_per_audio_token": 0.0008,
        ],
        "embed": ["input_cost_per_token": 0.0000001],
        "steps": [
            "tiered_pricing": [
                [
                    "range": [0, 32000], "input_cost_per_token": 0.00001,
                    "output_cost_per_token": 0,
                ],
                [
                    "range": [32000, 64000], "input_cost_per_token": 0.00002,
                    "output_cost_per_token": 0,
                ],
            ]
        ],
        "free": ["input_cost_per_token": 0, "output_cost_per_token": 0.0],
    ]

    @Test(
        "every kind of token has its price, or that of what contains it; what has none makes the cost unknown",
        arguments: [
            // input, output, cached, written, written for an hour, reasoning
            ("m", "100, 0", "0.001"), ("m", "100, 10, 40", "0.00094"),
            ("m", "100, 10, 0, 0, 0, 4", "0.00138"),
            // exactly at the size the ordinary price counts; above it all tokens change theirs
            ("m", "200000, 0", "2"), ("m", "200001, 0", "4.00002"), ("m", "200001, 10", "4.00042"),
            // no cached price of that size: the smaller size's
            ("m", "200001, 0, 1", "4.000001"),
            ("m", "100, 10, service_tier => 'priority'", "0.0078"),
            ("m", "100, 10, service_tier => 'fast'", "0.0078"),
            ("m", "100, 10, service_tier => 'default'", "0.0013"),
            ("m", "100, 10, service_tier => 'on_demand'", "0.0013"),
            ("m", "200001, 1, service_tier => 'priority'", "18.00017"),
            // no cached price of that tier: its input price
            ("m", "100, 0, 100, service_tier => 'priority'", "0.007"),
            ("m", "100, 10, service_tier => 'flex'", nil),
            ("plain", "100, 10, 40, 60, 20, 5", "0.0013"),
            ("writes", "100, 0, 0, 100", "0.00125"),
            ("writes", "100, 0, 0, 100, 1", nil),
            (
                "audio", "100, 0, raw_usage => '{\"prompt_tokens_details\":{\"audio_tokens\":50}}'",
                "0.0205"
            ),
            (
                "audio",
                "0, 100, raw_usage => '{\"completion_tokens_details\":{\"audio_tokens\":50}}'",
                "0.0415"
            ),
            (
                "plain", "100, 0, raw_usage => '{\"prompt_tokens_details\":{\"audio_tokens\":50}}'",
                nil
            ),
            (
                "plain",
                "100, 0, raw_usage => '{\"prompt_tokens_details\":{\"audio_tokens\":\"x\"}}'",
                "0.001"
            ),
            ("embed", "1000, 0", "0.0001"), ("embed", "1000, 1", nil),
            ("steps", "32000, 5", "0.32"), ("steps", "32001, 5", "0.64002"),
            ("free", "1000, 1000", "0"), ("unheard-of", "1, 1", nil), ("m", "NULL, NULL", nil),
            ("m", "0, 0", "0"), ("m", "NULL, 10", "0.0003"),
            // figures at odds with each other never make a negative cost
            ("m", "10, 0, 100", "0.0001"), ("m", "0, 10, 0, 0, 0, 100", "0.005"),
        ] as [(String, String, String?)])
    func rules(model: String, arguments: String, cost: String?) async throws {
        try await PriceFixture.run(in: Self.database) { fixture in
            try await fixture.take(Self.list)
            #expect(try await fixture.cost(model, arguments) == cost)
        }
    }

    @Test(
        "the returned name is tried before the requested one, with its provider before alone, then without its date",
        arguments: [
            ("'gpt-4o'", nil), ("'gpt-4o-2024-08-06'", "2"), ("'gpt-4o-2031-01-01'", "1"),
            ("'gpt-4o-20310101'", "1"), ("'gpt-4o@20310101'", "1"), ("'gpt-4o-0613'", "1"),
            ("'gpt-4o', provider => 'azure'", "3"),
            ("'gpt-4o-2024-08-06', provider => 'azure'", "2"),
            ("'gpt-4o-2031-01-01', provider => 'azure'", "3"),
            ("'azure/gpt-4o', provider => 'gateway'", "3"),
            ("'openai/gpt-4o', provider => 'gateway'", "1"),
            ("'deployment', requested_model => 'gpt-4o'", "1"),
            ("'gpt-4o-2024-08-06', requested_model => 'gpt-4o'", "2"),
            ("'ft:gpt-4o:acme::x1'", "5"), ("'deployment'", "none"), ("'gpt-4o-mini'", "none"),
        ] as [(String, String?)])
    func names(call: String, price: String?) async throws {
        try await PriceFixture.run(in: Self.database) { fixture in
            try await fixture.take([
                "gpt-4o": ["input_cost_per_token": 0.1],
                "gpt-4o-2024-08-06": ["input_cost_per_token": 0.2],
                "azure/gpt-4o": ["input_cost_per_token": 0.3],
                "ft:gpt-4o": ["input_cost_per_token": 0.5],
            ])
            let value = try await fixture.value(
                "call_cost(model => \(call), called_at => now(), input_tokens => 10, output_tokens => 0)"
            )
            #expect(value == (price == "none" ? nil : price ?? "1"))
        }
    }

    @Test("the price of the call's time counts, not today's")
    func time() async throws {
        try await PriceFixture.run(in: Self.database) { fixture in
            try await fixture.take(
                ["m": ["input_cost_per_token": 0.1]], validFrom: "2026-01-01T00:00:00Z")
            try await fixture.take(
                ["m": ["input_cost_per_token": 0.2]], validFrom: "2026-02-01T00:00:00Z")
            for (time, cost) in [
                ("2025-12-31 23:59:59+00", nil), ("2026-01-01 00:00:00+00", "1"),
                ("2026-01-31 23:59:59+00", "1"), ("2026-02-01 00:00:00+00", "2"),
            ] {
                #expect(try await fixture.cost("m", "10, 0", at: "'\(time)'") == cost)
            }
        }
    }
}
