/// The exact value of a JSON number: `digits` as an integer, times ten to the power `exponent`.
///
/// Memory is proportional to the number's text, never to its exponent.
struct ExactDecimal: Hashable {
    /// Exponents are held to this range; a text that writes a larger one (about 18 digits) is taken as
    /// the limit. No store holds such a number anyway, and no sum here can overflow.
    static let exponentLimit = Int.max / 40

    let isNegative: Bool
    /// Values 0 to 9 without leading or trailing zeros; empty for zero.
    let digits: [UInt8]
    let exponent: Int

    /// `text` is a number by JSON's grammar.
    init(_ text: String) {
        self = text.withBytes { ExactDecimal(bytes: $0) }
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) {
        var digits: [UInt8] = []
        digits.reserveCapacity(bytes.count)
        var isNegative = false
        var fraction = 0
        var seenPoint = false
        var written = 0
        var position = 0
        scan: while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "-"): isNegative = true
            case UInt8(ascii: "."): seenPoint = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                written = Self.exponent(UnsafeBufferPointer(rebasing: bytes[position...]))
                break scan
            default:
                if seenPoint { fraction += 1 }
                if byte != UInt8(ascii: "0") || !digits.isEmpty { digits.append(byte - 48) }
            }
        }
        var trailing = 0
        while digits.last == 0 {
            digits.removeLast()
            trailing += 1
        }
        self.digits = digits
        self.isNegative = isNegative && !digits.isEmpty
        let sum = written - fraction + trailing
        exponent =
            digits.isEmpty ? 0 : min(max(sum, -Self.exponentLimit), Self.exponentLimit)
    }

    private static func exponent(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var value = 0
        var isNegative = false
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "-"): isNegative = true
            case UInt8(ascii: "+"): break
            default: value = min(value * 10 + Int(byte - 48), exponentLimit)
            }
        }
        return isNegative ? -value : value
    }

    var isZero: Bool { digits.isEmpty }

    /// The power of ten just above the first digit: 1 for 1…9, 2 for 10…99, 0 for 0.1….
    var magnitude: Int { digits.count + exponent }

    var isInteger: Bool { exponent >= 0 }

    /// The value, when it is integral and fits.
    var int64: Int64? {
        guard exponent >= 0, magnitude <= 19 else { return nil }
        var value: Int64 = 0
        for position in 0..<magnitude {
            let digit = position < digits.count ? Int64(digits[position]) : 0
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            // Built on the negative side, because it reaches one further than the positive.
            let (sum, underflow) = product.subtractingReportingOverflow(digit)
            if overflow || underflow { return nil }
            value = sum
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    /// One text for each value, used in fingerprints.
    var canonicalText: String {
        if isZero { return "0" }
        var text = isNegative ? "-" : ""
        let plain = String(decoding: digits.map { $0 + 48 }, as: UTF8.self)
        if exponent >= 0, magnitude <= 40 {
            text += plain + String(repeating: "0", count: exponent)
        } else if exponent < 0, magnitude > 0 {
            text += plain.prefix(magnitude) + "." + plain.dropFirst(magnitude)
        } else if exponent < 0, magnitude > -6 {
            text += "0." + String(repeating: "0", count: -magnitude) + plain
        } else {
            text += plain + "e" + String(exponent)
        }
        return text
    }
}

extension ExactDecimal: Comparable {
    static func < (left: ExactDecimal, right: ExactDecimal) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        return left.isNegative
            ? right.hasSmallerMagnitude(than: left) : left.hasSmallerMagnitude(than: right)
    }

    private func hasSmallerMagnitude(than other: ExactDecimal) -> Bool {
        if isZero || other.isZero { return isZero && !other.isZero }
        if magnitude != other.magnitude { return magnitude < other.magnitude }
        return digits.lexicographicallyPrecedes(other.digits)
    }
}

extension ExactDecimal {
    /// Whether `self / divisor` is an integer; nil when the divisor has over 19 significant digits,
    /// for which this arithmetic is not made.
    func isMultiple(of divisor: ExactDecimal) -> Bool? {
        if divisor.isZero { return false }
        if isZero { return true }
        // With both exponents taken out, the quotient is digits × 10^shift / divisor.digits. Digits end in a
        // nonzero one, so nothing with a negative shift divides.
        let shift = exponent - divisor.exponent
        if shift < 0 { return false }
        guard let modulus = divisor.significand else { return nil }
        var remainder: UInt64 = 0
        for digit in digits {
            remainder = Self.multiply(remainder, 10, modulo: modulus)
            remainder = Self.add(remainder, UInt64(digit), modulo: modulus)
        }
        let power = Self.powerOfTen(shift, modulo: modulus)
        return Self.multiply(remainder, power, modulo: modulus) == 0
    }

    private var significand: UInt64? {
        guard digits.count <= 19 else { return nil }
        return digits.reduce(0) { $0 * 10 + UInt64($1) }
    }

    private static func multiply(_ a: UInt64, _ b: UInt64, modulo modulus: UInt64) -> UInt64 {
        let product = (a % modulus).multipliedFullWidth(by: b % modulus)
        return modulus.dividingFullWidth(product).remainder
    }

    private static func add(_ a: UInt64, _ b: UInt64, modulo modulus: UInt64) -> UInt64 {
        let (sum, overflow) = (a % modulus).addingReportingOverflow(b % modulus)
        return overflow ? sum &- modulus : sum % modulus
    }

    /// By repeated squaring: 64 steps at most, however hostile the exponent.
    private static func powerOfTen(_ exponent: Int, modulo modulus: UInt64) -> UInt64 {
        var result = 1 % modulus
        var base = 10 % modulus
        var rest = exponent
        while rest > 0 {
            if rest & 1 == 1 { result = multiply(result, base, modulo: modulus) }
            base = multiply(base, base, modulo: modulus)
            rest >>= 1
        }
        return result
    }
}
