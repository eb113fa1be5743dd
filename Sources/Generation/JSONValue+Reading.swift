import JSON

extension JSONValue {
    /// The value, or nil for `null`. (A `nil` literal beside a `JSONValue` means `null`, so that
    /// `value.isNull ? nil : value` would not do.)
    var unlessNull: JSONValue? {
        guard !isNull else { return nil }
        return self
    }

    /// The strings of an array; empty for anything else.
    var strings: [String] { arrayValue?.compactMap(\.stringValue) ?? [] }
}
