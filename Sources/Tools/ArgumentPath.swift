import JSON

/// The place of a value inside the arguments of a call or an answer: keys joined by dots.
struct ArgumentPath: Sendable, Hashable {
    let keys: [String]

    /// Letters, digits, `_`, `-` and `$` in parts that are not empty.
    init?(parsing text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let valid = parts.allSatisfy { part in
            !part.isEmpty
                && part.unicodeScalars.allSatisfy {
                    $0.properties.isAlphabetic || ("0"..."9").contains($0)
                        || "_-$".unicodeScalars.contains($0)
                }
        }
        guard valid else { return nil }
        keys = parts.map { String($0) }
    }

    /// The value there; a number is the index of an array. nil when there is none.
    func value(in root: JSONValue) -> JSONValue? {
        var value = root
        for key in keys {
            guard let next = value[key] ?? Int(key).flatMap({ value[$0] }) else { return nil }
            value = next
        }
        return value
    }
}
