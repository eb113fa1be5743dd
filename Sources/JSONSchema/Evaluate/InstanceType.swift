import JSON

/// The types that `type` can name, as a set.
struct InstanceType: OptionSet, Sendable {
    let rawValue: Int

    static let null = InstanceType(rawValue: 1)
    static let boolean = InstanceType(rawValue: 2)
    static let integer = InstanceType(rawValue: 4)
    static let number = InstanceType(rawValue: 8)
    static let string = InstanceType(rawValue: 16)
    static let array = InstanceType(rawValue: 32)
    static let object = InstanceType(rawValue: 64)

    private static let names: [(type: InstanceType, name: String)] = [
        (.string, "string"), (.integer, "integer"), (.number, "number"), (.boolean, "boolean"),
        (.object, "object"), (.array, "array"), (.null, "null"),
    ]

    /// The type of a name; nil when there is none.
    init?(named name: String) {
        guard let found = Self.names.first(where: { $0.name == name }) else { return nil }
        self = found.type
    }

    init(rawValue: Int) { self.rawValue = rawValue }

    /// Whether the value is of one of these types; `1.0` is an integer, too.
    func contains(typeOf value: JSONValue) -> Bool {
        switch value {
        case .null: contains(.null)
        case .bool: contains(.boolean)
        case .number(let number): contains(.number) || contains(.integer) && number.isInteger
        case .string: contains(.string)
        case .array: contains(.array)
        case .object: contains(.object)
        }
    }

    /// The names, for messages: `string or null`.
    var text: String {
        Self.names.filter { contains($0.type) }.map(\.name).joined(separator: " or ")
    }
}
