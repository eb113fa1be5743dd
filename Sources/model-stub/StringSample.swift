import JSON

/// A string that fits a schema's format and length.
struct StringSample {
    let schema: JSONValue
    /// The property's name, which the text mentions.
    let name: String

    var text: String {
        if let text = formatted { return text }
        let least = min(schema["minLength"]?.intValue ?? 0, Self.longest)
        let most = max(0, schema["maxLength"]?.intValue ?? Self.longest)
        let text = "sample \(name)"
        let padding = String(repeating: " text", count: max(0, least - text.count + 4) / 5)
        return String((text + padding).prefix(min(most, max(least, text.count))))
    }

    /// No more, whatever the schema asks for.
    private static let longest = 1_000_000

    private var formatted: String? {
        switch schema["format"]?.stringValue {
        case "date-time": "2026-01-15T09:30:00Z"
        case "date": "2026-01-15"
        case "time": "09:30:00Z"
        case "duration": "PT1H"
        case "email", "idn-email": "someone@example.com"
        case "hostname", "idn-hostname": "example.com"
        case "uri", "iri", "uri-reference", "iri-reference": "https://example.com/item"
        case "uuid": "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
        case "ipv4": "192.0.2.1"
        case "ipv6": "2001:db8::1"
        case "json-pointer": "/items/0"
        case "regex": ".*"
        default: nil
        }
    }
}
