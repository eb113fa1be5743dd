/// A set of Unicode scalars, as a character class of ECMA-262 describes it.
struct ScalarSet: Sendable {
    /// What a class is made of.
    enum Item: Sendable {
        case range(ClosedRange<UInt32>)
        case property(ScalarProperty, negated: Bool)
        case nested(ScalarSet)
    }

    private let items: [Item]
    private let isNegated: Bool
    /// The answers for ASCII, one bit each, because most texts are ASCII.
    private let ascii: (low: UInt64, high: UInt64)

    init(_ items: [Item], isNegated: Bool = false) {
        self.items = items
        self.isNegated = isNegated
        var low: UInt64 = 0
        var high: UInt64 = 0
        for value in 0..<UInt32(128)
        where Self.contains(items, Unicode.Scalar(UInt8(value))) != isNegated {
            if value < 64 { low |= 1 << value } else { high |= 1 << (value - 64) }
        }
        ascii = (low, high)
    }

    init(_ scalar: Unicode.Scalar) {
        self.init([.range(scalar.value...scalar.value)])
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        let value = scalar.value
        if value < 64 { return ascii.low >> value & 1 == 1 }
        if value < 128 { return ascii.high >> (value - 64) & 1 == 1 }
        return Self.contains(items, scalar) != isNegated
    }

    private static func contains(_ items: [Item], _ scalar: Unicode.Scalar) -> Bool {
        items.contains { item in
            switch item {
            case .range(let range): range.contains(scalar.value)
            case .property(let property, let negated): property.holds(scalar) != negated
            case .nested(let set): set.contains(scalar)
            }
        }
    }
}

extension ScalarSet {
    /// `\d`: ASCII digits only (ECMA-262, CharacterClassEscape).
    static func digits(negated: Bool) -> ScalarSet {
        ScalarSet([.range(0x30...0x39)], isNegated: negated)
    }

    /// `\w`: ASCII letters, digits and the underscore.
    static func words(negated: Bool) -> ScalarSet {
        ScalarSet(
            [.range(0x30...0x39), .range(0x41...0x5A), .range(0x5F...0x5F), .range(0x61...0x7A)],
            isNegated: negated)
    }

    /// `\s`: ECMA-262's WhiteSpace and LineTerminator, which hold U+FEFF and not U+0085.
    static func spaces(negated: Bool) -> ScalarSet {
        ScalarSet(
            [
                .range(0x09...0x0D), .range(0x20...0x20), .range(0xA0...0xA0),
                .range(0x1680...0x1680), .range(0x2000...0x200A), .range(0x2028...0x2029),
                .range(0x202F...0x202F), .range(0x205F...0x205F), .range(0x3000...0x3000),
                .range(0xFEFF...0xFEFF),
            ], isNegated: negated)
    }

    /// `.`: everything but ECMA-262's line terminators.
    static let anyButLineEnds = ScalarSet(
        [.range(0x0A...0x0A), .range(0x0D...0x0D), .range(0x2028...0x2029)], isNegated: true)
}
