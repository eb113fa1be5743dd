import JSON

/// A keyword that judges an instance without looking at other schemas (validation specification, 6).
enum Assertion: Sendable {
    case type(InstanceType)
    case const(JSONValue)
    case enumeration([JSONValue])
    case minimum(JSONNumber)
    case exclusiveMinimum(JSONNumber)
    case maximum(JSONNumber)
    case exclusiveMaximum(JSONNumber)
    case multipleOf(JSONNumber)
    case minLength(Int)
    case maxLength(Int)
    case pattern(RegularExpression)
    case format(String, Format)
    case minItems(Int)
    case maxItems(Int)
    case uniqueItems
    case minProperties(Int)
    case maxProperties(Int)
    case required([String])
    case dependentRequired([(key: String, needs: [String])])

    /// Whether the instance satisfies the keyword. A keyword says nothing about types it is not for.
    func holds(for instance: JSONValue) -> Bool {
        switch (self, instance) {
        case (.type(let type), _): type.contains(typeOf: instance)
        case (.const(let value), _): instance == value
        case (.enumeration(let values), _): values.contains(instance)
        case (.minimum(let limit), .number(let number)): number >= limit
        case (.exclusiveMinimum(let limit), .number(let number)): number > limit
        case (.maximum(let limit), .number(let number)): number <= limit
        case (.exclusiveMaximum(let limit), .number(let number)): number < limit
        case (.multipleOf(let divisor), .number(let number)): number.isMultiple(of: divisor)
        case (.minLength(let limit), .string(let text)): text.unicodeScalars.count >= limit
        case (.maxLength(let limit), .string(let text)): Self.fits(text, limit)
        case (.pattern(let expression), .string(let text)): expression.matches(text) == true
        case (.format(_, let format), .string(let text)): format.holds(for: text)
        case (.minItems(let limit), .array(let elements)): elements.count >= limit
        case (.maxItems(let limit), .array(let elements)): elements.count <= limit
        case (.uniqueItems, .array(let elements)): Set(elements).count == elements.count
        case (.minProperties(let limit), .object(let object)): object.count >= limit
        case (.maxProperties(let limit), .object(let object)): object.count <= limit
        case (.required(let keys), .object(let object)):
            keys.allSatisfy { object.contains(key: $0) }
        case (.dependentRequired(let rules), .object(let object)):
            Self.missing(rules, in: object).isEmpty
        default: true
        }
    }

    /// A text of few bytes has no more scalars than those, which spares the count.
    private static func fits(_ text: String, _ limit: Int) -> Bool {
        text.utf8.count <= limit || text.unicodeScalars.count <= limit
    }

    static func missing(
        _ rules: [(key: String, needs: [String])], in object: JSONObject
    ) -> [String] {
        var missing: [String] = []
        for rule in rules where object.contains(key: rule.key) {
            for key in rule.needs where !object.contains(key: key) && !missing.contains(key) {
                missing.append(key)
            }
        }
        return missing
    }
}
