import JSON

extension Assertion {
    /// The sentence for an instance, found at `path`, that does not satisfy the keyword.
    func message(for instance: JSONValue, at path: String) -> String {
        switch self {
        case .type(let type):
            return "Field '\(path)' should be \(type.text), got \(instance.pythonTypeName)"
        case .enumeration(let values):
            let list = values.map(\.shown).joined(separator: ", ")
            return "Field '\(path)' must be one of: \(list)"
        case .minLength(let limit):
            return Self.length(instance, at: path, "min \(limit)")
        case .maxLength(let limit):
            return Self.length(instance, at: path, "max \(limit)")
        case .pattern:
            return "Field '\(path)' does not match required pattern"
        case .required(let keys):
            let missing = keys.filter { instance[$0] == nil }
            return Self.missing(missing)
        case .dependentRequired(let rules):
            return Self.missing(Self.missing(rules, in: instance.objectValue ?? [:]))
        default:
            return "Validation error in '\(path)': \(detail(for: instance))"
        }
    }

    private static func missing(_ keys: [String]) -> String {
        "Missing required fields: \(keys.joined(separator: ", "))"
    }

    private static func length(_ instance: JSONValue, at path: String, _ limit: String) -> String {
        let length = instance.stringValue?.unicodeScalars.count ?? 0
        return "Field '\(path)' length invalid (\(limit), got \(length))"
    }

    private func detail(for instance: JSONValue) -> String {
        let count = instance.arrayValue?.count ?? instance.objectValue?.count ?? 0
        switch self {
        case .const(let value): return "must be \(value.shown)"
        case .minimum(let limit):
            return "\(instance.shown) is less than the minimum of \(limit.text)"
        case .maximum(let limit):
            return "\(instance.shown) is greater than the maximum of \(limit.text)"
        case .exclusiveMinimum(let limit):
            return "\(instance.shown) is not greater than \(limit.text)"
        case .exclusiveMaximum(let limit):
            return "\(instance.shown) is not less than \(limit.text)"
        case .multipleOf(let divisor):
            return "\(instance.shown) is not a multiple of \(divisor.text)"
        case .format(let name, _): return "not a valid \(name)"
        case .minItems(let limit): return "too few items (min \(limit), got \(count))"
        case .maxItems(let limit): return "too many items (max \(limit), got \(count))"
        case .uniqueItems: return "items are not unique"
        case .minProperties(let limit): return "too few properties (min \(limit), got \(count))"
        case .maxProperties(let limit): return "too many properties (max \(limit), got \(count))"
        default: return "invalid"
        }
    }
}

extension JSONValue {
    /// The value in a message: strings bare, the rest as JSON, cut at 200 characters.
    var shown: String {
        let text = stringValue ?? serialized
        return text.utf8.count <= 200 ? text : text.prefix(200) + "…"
    }

    /// The type's name in Python, which the origin's messages show.
    fileprivate var pythonTypeName: String {
        switch self {
        case .null: "NoneType"
        case .bool: "bool"
        case .number(let number):
            number.text.utf8.contains { ".eE".utf8.contains($0) } ? "float" : "int"
        case .string: "str"
        case .array: "list"
        case .object: "dict"
        }
    }
}
