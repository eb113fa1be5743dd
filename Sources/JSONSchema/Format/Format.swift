/// A check that `format` can name (validation specification, 7.3).
struct Format: Sendable {
    private let test: @Sendable (String) -> Bool

    /// The check of a name; nil for names that are not known, which assert nothing.
    init?(named name: String) {
        guard let test = Self.tests[name] else { return nil }
        self.test = test
    }

    func holds(for text: String) -> Bool { test(text) }

    private static let tests: [String: @Sendable (String) -> Bool] = [
        "date": { DateTimeFormats.isDate($0) },
        "time": { DateTimeFormats.isTime($0) },
        "date-time": { DateTimeFormats.isDateTime($0) },
        "duration": { DateTimeFormats.isDuration($0) },
        "email": { NetworkFormats.isEmail($0, isInternational: false) },
        "idn-email": { NetworkFormats.isEmail($0, isInternational: true) },
        "hostname": { NetworkFormats.isHostname($0) },
        "idn-hostname": { NetworkFormats.isInternationalHostname($0) },
        "ipv4": { NetworkFormats.isIPv4($0) },
        "ipv6": { NetworkFormats.isIPv6($0) },
        "uri": { URIFormats.isURI($0, isInternational: false) },
        "uri-reference": { URIFormats.isReference($0, isInternational: false) },
        "iri": { URIFormats.isURI($0, isInternational: true) },
        "iri-reference": { URIFormats.isReference($0, isInternational: true) },
        "uri-template": { URIFormats.isTemplate($0) },
        "uuid": { TextFormats.isUUID($0) },
        "json-pointer": { TextFormats.isPointer($0) },
        "relative-json-pointer": { TextFormats.isRelativePointer($0) },
        "regex": { TextFormats.isRegex($0) },
    ]
}
