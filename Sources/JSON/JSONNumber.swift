/// A JSON number as it was written; comparisons use its exact decimal value.
public struct JSONNumber: Sendable {
    /// The number by JSON's grammar, as written.
    public let text: String

    /// The integer.
    public init(_ int: Int) { text = String(int) }

    /// The shortest text that reads back as this value, integers up to 2^53 without a fraction; nil
    /// for a NaN or an infinity.
    public init?(_ double: Double) {
        guard double.isFinite else { return nil }
        if double.magnitude <= 9_007_199_254_740_992, double == double.rounded() {
            text = String(Int(double))
        } else {
            text = double.description
        }
    }

    /// A number as written; nil when the text is not a number by JSON's grammar.
    public init?(text: String) {
        let valid = text.withBytes { bytes in
            NumberScanner.end(in: bytes, from: 0) == bytes.count
        }
        guard valid else { return nil }
        self.text = text
    }

    /// The text is known to be a number.
    init(scanned text: String) { self.text = text }

    /// The value when it is integral (`1`, `1.0`, `1e2`) and fits.
    public var int: Int? { Int(text) ?? exact.int64.flatMap { Int(exactly: $0) } }

    /// The value when it is integral and fits.
    public var int64: Int64? { Int64(text) ?? exact.int64 }

    /// The nearest `Double`; infinite beyond its range.
    public var double: Double { Double(text) ?? .nan }

    /// Whether the value has no fraction, however it is written.
    public var isInteger: Bool { Int(text) != nil || exact.isInteger }

    /// Whether this is an integral multiple of `divisor`: exact, save for divisors of over 19 significant
    /// digits, which are compared as doubles. Nothing is a multiple of zero.
    public func isMultiple(of divisor: JSONNumber) -> Bool {
        if let answer = exact.isMultiple(of: divisor.exact) { return answer }
        let quotient = double / divisor.double
        return quotient.isFinite && quotient == quotient.rounded()
    }

    var exact: ExactDecimal { ExactDecimal(text) }
}

extension JSONNumber: Hashable, Comparable {
    public static func == (left: JSONNumber, right: JSONNumber) -> Bool {
        if let a = Int(left.text), let b = Int(right.text) { return a == b }
        return left.text == right.text || left.exact == right.exact
    }

    public static func < (left: JSONNumber, right: JSONNumber) -> Bool {
        if let a = Int(left.text), let b = Int(right.text) { return a < b }
        return left.exact < right.exact
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(exact) }
}

extension JSONNumber: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int) { self.init(value) }
}
