import JSON

/// The sets of keywords that a metaschema can switch on or off (core specification, 8.1.2).
struct Vocabulary: OptionSet, Sendable {
    let rawValue: Int

    static let applicator = Vocabulary(rawValue: 1)
    static let unevaluated = Vocabulary(rawValue: 2)
    static let validation = Vocabulary(rawValue: 4)
    static let formatAssertion = Vocabulary(rawValue: 8)

    /// What the draft's own metaschema declares.
    static let standard: Vocabulary = [.applicator, .unevaluated, .validation]

    private static let addresses: [String: Vocabulary] = {
        let base = "https://json-schema.org/draft/2020-12/vocab/"
        return [
            base + "core": [], base + "applicator": .applicator,
            base + "unevaluated": .unevaluated, base + "validation": .validation,
            base + "meta-data": [], base + "format-annotation": [],
            base + "format-assertion": .formatAssertion, base + "content": [],
        ]
    }()

    /// What a metaschema's `$vocabulary` declares; the standard when it has none. A vocabulary that is
    /// required but unknown is an error, an optional one is ignored.
    static func declared(by metaschema: JSONValue) throws(JSONSchemaError) -> Vocabulary {
        guard let declared = metaschema["$vocabulary"]?.objectValue else { return .standard }
        var result: Vocabulary = []
        for (address, isRequired) in declared {
            if let known = addresses[address] {
                result.formUnion(known)
            } else if isRequired == true {
                throw JSONSchemaError(
                    code: .unknownVocabulary, pointer: "#/$vocabulary", message: address)
            }
        }
        return result
    }
}
