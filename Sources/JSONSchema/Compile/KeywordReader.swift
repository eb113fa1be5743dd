import JSON

/// Reads the keywords of one schema object with the types the specification gives them.
struct KeywordReader {
    let schema: JSONObject
    let place: SchemaPlace
    let location: String
    var assertsFormat = false

    init(schema: JSONObject, place: SchemaPlace, location: String) {
        self.schema = schema
        self.place = place
        self.location = location
    }

    private func read<T>(
        _ keyword: String, _ expected: String, _ cast: (JSONValue) -> T?
    ) throws(JSONSchemaError) -> T? {
        guard let value = schema[keyword] else { return nil }
        guard let result = cast(value) else {
            throw JSONSchemaError(
                code: .invalidKeyword, pointer: "\(location)/\(keyword)",
                message: "expected \(expected), found \(value.typeName)")
        }
        return result
    }

    func string(_ keyword: String) throws(JSONSchemaError) -> String? {
        try read(keyword, "a string") { $0.stringValue }
    }

    func array(_ keyword: String) throws(JSONSchemaError) -> [JSONValue]? {
        try read(keyword, "an array") { $0.arrayValue }
    }

    func object(_ keyword: String) throws(JSONSchemaError) -> JSONObject? {
        try read(keyword, "an object") { $0.objectValue }
    }

    func bool(_ keyword: String) throws(JSONSchemaError) -> Bool? {
        try read(keyword, "a boolean") { $0.boolValue }
    }

    func number(_ keyword: String) throws(JSONSchemaError) -> JSONNumber? {
        try read(keyword, "a number") { value in
            if case .number(let number) = value { number } else { nil }
        }
    }

    /// A non-negative integer; one beyond `Int` counts as the largest.
    func count(_ keyword: String) throws(JSONSchemaError) -> Int? {
        try read(keyword, "a non-negative integer") { value in
            guard case .number(let number) = value, number.isInteger, number >= 0 else {
                return nil
            }
            return number.int ?? .max
        }
    }

    func strings(_ keyword: String) throws(JSONSchemaError) -> [String]? {
        try read(keyword, "an array of strings", Self.strings)
    }

    private static func strings(_ value: JSONValue) -> [String]? {
        guard let elements = value.arrayValue else { return nil }
        let strings = elements.compactMap(\.stringValue)
        return strings.count == elements.count ? strings : nil
    }

    func types() throws(JSONSchemaError) -> InstanceType? {
        try read("type", "the name of a type or an array of such names") { value in
            let names = value.stringValue.map { [$0] } ?? Self.strings(value) ?? []
            let types = names.compactMap(InstanceType.init(named:))
            return names.isEmpty || types.count < names.count ? nil : InstanceType(types)
        }
    }

    func dependentRequired() throws(JSONSchemaError) -> [(key: String, needs: [String])]? {
        try read("dependentRequired", "an object of arrays of strings") { value in
            guard let members = value.objectValue else { return nil }
            let rules = members.compactMap { member in
                Self.strings(member.value).map { (key: member.key, needs: $0) }
            }
            return rules.count == members.count ? rules : nil
        }
    }

    /// Compiles a pattern that `keyword` holds.
    func expression(
        _ pattern: String, _ keyword: String
    ) throws(JSONSchemaError) -> RegularExpression {
        do {
            return try RegularExpression(pattern)
        } catch {
            throw JSONSchemaError(
                code: .invalidPattern, pointer: "\(location)/\(keyword)",
                message: "\(error.message) at character \(error.offset)")
        }
    }
}
