extension JSONValue {
    /// Levels of nesting that ``storable()`` keeps.
    static let storableDepth = 100
    /// What stands in the place of a value nested deeper.
    static let tooDeepMarker = "[nested too deeply to store]"

    /// The nearest value that a jsonb column can hold.
    ///
    /// NUL characters become U+FFFD, numbers beyond the range of PostgreSQL's numeric become their
    /// text as a string, and whatever is nested deeper than 100 levels becomes a marker string.
    public func storable() -> JSONValue { storable(depth: 0) }

    private func storable(depth: Int) -> JSONValue {
        switch self {
        case .null, .bool: return self
        case .number(let number): return number.fitsNumeric ? self : .string(number.text)
        case .string(let text): return .string(text.withoutNUL)
        case .array(let elements):
            if depth >= Self.storableDepth { return .string(Self.tooDeepMarker) }
            return .array(elements.map { $0.storable(depth: depth + 1) })
        case .object(let object):
            if depth >= Self.storableDepth { return .string(Self.tooDeepMarker) }
            return .object(
                JSONObject(
                    object.map { ($0.key.withoutNUL, $0.value.storable(depth: depth + 1)) }))
        }
    }
}

extension String {
    /// NUL is the one character that PostgreSQL's text cannot hold.
    fileprivate var withoutNUL: String {
        guard utf8.contains(0) else { return self }
        var scalars = UnicodeScalarView()
        for scalar in unicodeScalars { scalars.append(scalar == "\0" ? "\u{FFFD}" : scalar) }
        return String(scalars)
    }
}

extension JSONNumber {
    /// numeric holds 131,072 digits before the point and 16,383 after it (PostgreSQL manual, 8.1.2).
    /// The scale counts as written, so `0e-20000` does not fit either.
    fileprivate var fitsNumeric: Bool {
        if text.utf8.count < 16, !text.utf8.contains(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
            return true
        }
        let parts = text.split(whereSeparator: { $0 == "e" || $0 == "E" })
        let exponent = parts.count > 1 ? Int(parts[1]) : 0
        guard let exponent, exponent.magnitude < 200_000 else { return false }
        let fraction = parts[0].split(separator: ".").dropFirst().first?.utf8.count ?? 0
        return fraction - exponent <= 16_383 && exact.magnitude <= 131_072
    }
}
