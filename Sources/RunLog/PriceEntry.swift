import JSON

/// The prices of one model, as its entry in a price list states them.
public struct PriceEntry: Sendable, Hashable {
    /// Why an entry is not used.
    enum Fault: Error {
        /// It is not of the shape, or a price is none.
        case unreadable(String)
        /// It prices nothing by the token: images, pages, seconds.
        case noTokenPrices
    }

    /// The list's key: a model's name, or `provider/name`.
    public var model: String
    /// USD per token, exactly as written.
    var prices: [PriceKey: JSONNumber] = [:]
    var provider: String?
    var mode: String?
    var maxOutputTokens: Int?
    var raw: JSONValue

    init(model: String, _ entry: JSONValue) throws(Fault) {
        self.model = model
        raw = entry
        guard let members = entry.objectValue else {
            throw .unreadable("expected an object, found \(entry.typeName)")
        }
        provider = entry["litellm_provider"]?.stringValue
        mode = entry["mode"]?.stringValue
        maxOutputTokens = [entry["max_output_tokens"], entry["max_tokens"]]
            .compactMap { $0?.intValue }.first { (1...1_000_000_000).contains($0) }
        for (name, value) in members {
            guard let key = PriceKey(member: name), !value.isNull else { continue }
            prices[key] = try Self.price(value, of: name)
        }
        try readSteps(entry["tiered_pricing"])
        guard !prices.isEmpty else { throw .noTokenPrices }
    }

    /// `tiered_pricing`: prices by the size of the prompt, each with the range it counts in.
    private mutating func readSteps(_ steps: JSONValue?) throws(Fault) {
        guard let steps, !steps.isNull else { return }
        for step in steps.arrayValue ?? [] {
            guard let start = step["range"]?[0]?.intValue, start >= 0,
                let members = step.objectValue
            else { throw .unreadable("tiered_pricing: expected ranges with a start") }
            for (name, value) in members {
                guard var key = PriceKey(member: name), !value.isNull else { continue }
                key.aboveTokens = start
                prices[key] = try Self.price(value, of: "tiered_pricing.\(name)")
            }
        }
    }

    /// A price per token: a decimal from 0 to 1. What is larger was meant per million tokens.
    private static func price(_ value: JSONValue, of name: String) throws(Fault) -> JSONNumber {
        let number: JSONNumber? =
            switch value {
            case .number(let number): number
            case .string(let text): JSONNumber(text: text)
            default: nil
            }
        guard let number else {
            throw .unreadable("\(name): expected a number, found \(value.typeName)")
        }
        guard number >= 0, number <= 1, number.text.utf8.count <= 60,
            number == 0 || number >= smallest
        else {
            throw .unreadable("\(name): \(number.text.prefix(60)) is no price of one token in USD")
        }
        return number
    }

    /// Below it nothing is a price, and an exponent without end is an attack.
    private static let smallest = JSONNumber(text: "1e-18") ?? 0

    /// As `import_model_prices` takes it.
    var json: JSONValue {
        var rates: [JSONValue] = []
        var places = Set(prices.keys.map { Place($0) })
        // The standard row carries what belongs to the whole version.
        places.insert(Place(PriceKey(kind: .input)))
        for place in places.sorted() {
            var rate: JSONObject = [
                "tier": .string(place.tier), "above_tokens": JSONValue(place.aboveTokens),
            ]
            for kind in PriceKind.allCases {
                let key = PriceKey(kind: kind, tier: place.tier, aboveTokens: place.aboveTokens)
                if let price = prices[key] { rate[kind.rawValue] = .number(price) }
            }
            rates.append(.object(rate))
        }
        return [
            "model": .string(model), "provider": provider.map { .string($0) } ?? .null,
            "mode": mode.map { .string($0) } ?? .null,
            "max_output_tokens": maxOutputTokens.map { JSONValue($0) } ?? .null,
            "raw": raw, "rates": .array(rates),
        ]
    }

    /// The row of a version that a price stands in.
    private struct Place: Hashable, Comparable {
        var tier: String
        var aboveTokens: Int

        init(_ key: PriceKey) {
            tier = key.tier
            aboveTokens = key.aboveTokens
        }

        static func < (left: Place, right: Place) -> Bool {
            (left.tier, left.aboveTokens) < (right.tier, right.aboveTokens)
        }
    }
}
