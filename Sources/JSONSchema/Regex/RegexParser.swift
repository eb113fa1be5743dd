/// Parses the pattern syntax of ECMA-262 in Unicode mode, the dialect that JSON Schema prescribes
/// (core specification, 6.4). Bare `]`, `{` and `}` are taken literally, as browsers do.
struct RegexParser {
    /// Nested groups; the parser descends one call each.
    private static let maxDepth = 100

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var captures = 0
    private var names: [String: Int] = [:]

    struct Result {
        let root: RegexNode
        let captures: Int
        let names: [String: Int]
    }

    static func parse(_ pattern: String) throws(RegexSyntaxError) -> Result {
        var parser = RegexParser(scalars: Array(pattern.unicodeScalars))
        let root = try parser.alternatives(depth: 0)
        if let rest = parser.peek { throw parser.fault("unexpected '\(rest)'") }
        return Result(root: root, captures: parser.captures, names: parser.names)
    }

    private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

    private var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private func fault(_ message: String) -> RegexSyntaxError {
        RegexSyntaxError(message: message, offset: position)
    }

    private mutating func take(_ text: String) -> Bool {
        let wanted = text.unicodeScalars
        guard scalars[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    private mutating func next() throws(RegexSyntaxError) -> Unicode.Scalar {
        guard let scalar = peek else { throw fault("unexpected end of pattern") }
        position += 1
        return scalar
    }

    private mutating func alternatives(depth: Int) throws(RegexSyntaxError) -> RegexNode {
        if depth > Self.maxDepth { throw fault("groups nested too deeply") }
        var branches = [try sequence(depth: depth)]
        while take("|") { branches.append(try sequence(depth: depth)) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence(depth: Int) throws(RegexSyntaxError) -> RegexNode {
        var parts: [RegexNode] = []
        while let scalar = peek, scalar != "|", scalar != ")" {
            let atom = try atom(depth: depth)
            parts.append(try quantified(atom))
        }
        return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
    }

    private mutating func quantified(_ atom: RegexNode) throws(RegexSyntaxError) -> RegexNode {
        let range: (min: Int, max: Int?)
        if take("*") {
            range = (0, nil)
        } else if take("+") {
            range = (1, nil)
        } else if take("?") {
            range = (0, 1)
        } else if let counted = try braces() {
            range = counted
        } else {
            return atom
        }
        switch atom {
        case .start, .end, .wordBoundary, .look: throw fault("nothing to repeat")
        default: break
        }
        if let max = range.max, max < range.min { throw fault("numbers out of order in {}") }
        return .repeated(atom, min: range.min, max: range.max, isLazy: take("?"))
    }

    /// `{2}`, `{2,}` or `{2,3}`; nil, and nothing read, when this is none.
    private mutating func braces() throws(RegexSyntaxError) -> (min: Int, max: Int?)? {
        let start = position
        guard take("{"), let min = try digits() else {
            position = start
            return nil
        }
        var max: Int? = min
        if take(",") { max = try digits() }
        guard take("}") else {
            position = start
            return nil
        }
        return (min, max)
    }

    private mutating func digits() throws(RegexSyntaxError) -> Int? {
        let start = position
        var value = 0
        while let scalar = peek, ("0"..."9").contains(scalar) {
            value = min(value * 10 + Int(scalar.value - 48), 1_000_000)
            position += 1
        }
        return position == start ? nil : value
    }

    private mutating func atom(depth: Int) throws(RegexSyntaxError) -> RegexNode {
        let scalar = try next()
        switch scalar {
        case "^": return .start
        case "$": return .end
        case ".": return .set(.anyButLineEnds)
        case "(": return try group(depth: depth)
        case "[": return .set(try characterClass())
        case "\\": return try escape()
        case "*", "+", "?":
            position -= 1
            throw fault("nothing to repeat")
        default: return .set(ScalarSet(scalar))
        }
    }

    private mutating func group(depth: Int) throws(RegexSyntaxError) -> RegexNode {
        let node: RegexNode
        if take("?:") {
            node = try alternatives(depth: depth + 1)
        } else if take("?=") {
            node = .look(try alternatives(depth: depth + 1), isAhead: true, negated: false)
        } else if take("?!") {
            node = .look(try alternatives(depth: depth + 1), isAhead: true, negated: true)
        } else if take("?<=") {
            node = .look(try alternatives(depth: depth + 1), isAhead: false, negated: false)
        } else if take("?<!") {
            node = .look(try alternatives(depth: depth + 1), isAhead: false, negated: true)
        } else {
            captures += 1
            let number = captures
            if take("?<") {
                let name = try name(until: ">")
                if names.updateValue(number, forKey: name) != nil {
                    throw fault("two groups of one name")
                }
            } else if peek == "?" {
                throw fault("unknown group")
            }
            node = .capture(try alternatives(depth: depth + 1), number)
        }
        guard take(")") else { throw fault("group not closed") }
        return node
    }

    private mutating func name(until end: Unicode.Scalar) throws(RegexSyntaxError) -> String {
        var name = String.UnicodeScalarView()
        while true {
            let scalar = try next()
            if scalar == end { break }
            name.append(scalar)
        }
        if name.isEmpty { throw fault("empty name") }
        return String(name)
    }

    /// The atom after a backslash.
    private mutating func escape() throws(RegexSyntaxError) -> RegexNode {
        let scalar = try next()
        switch scalar {
        case "b": return .wordBoundary(negated: false)
        case "B": return .wordBoundary(negated: true)
        case "k":
            guard take("<") else { throw fault("\\k without a name") }
            return .namedBackreference(try name(until: ">"))
        case "1"..."9":
            position -= 1
            return .backreference(try digits() ?? 0)
        default:
            position -= 1
            if let set = try classEscape() { return .set(set) }
            return .set(ScalarSet(try characterEscape()))
        }
    }

    /// `\d`, `\p{…}` and so on; nil, and nothing read, when the escape is a single character.
    private mutating func classEscape() throws(RegexSyntaxError) -> ScalarSet? {
        switch peek {
        case "d", "D": return .digits(negated: try next() == "D")
        case "w", "W": return .words(negated: try next() == "W")
        case "s", "S": return .spaces(negated: try next() == "S")
        case "p", "P":
            let negated = try next() == "P"
            guard take("{") else { throw fault("\\p without a property") }
            let name = try name(until: "}")
            guard let property = ScalarProperty(named: name) else {
                throw fault("unknown Unicode property '\(name)'")
            }
            return ScalarSet([.property(property, negated: negated)])
        default: return nil
        }
    }

    private mutating func characterEscape() throws(RegexSyntaxError) -> Unicode.Scalar {
        let scalar = try next()
        switch scalar {
        case "t": return "\t"
        case "n": return "\n"
        case "r": return "\r"
        case "f": return "\u{0C}"
        case "v": return "\u{0B}"
        case "0": return "\0"
        case "c":
            let letter = try next()
            guard letter.isASCII, letter.properties.isAlphabetic else {
                throw fault("\\c without a letter")
            }
            return Unicode.Scalar(UInt8(letter.value % 32))
        case "x": return try Unicode.Scalar(hex(2)) ?? "\u{FFFD}"
        case "u": return try unicodeEscape()
        default:
            if scalar.isASCII, scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) {
                position -= 1
                throw fault("unknown escape '\\\(scalar)'")
            }
            return scalar
        }
    }

    private mutating func unicodeEscape() throws(RegexSyntaxError) -> Unicode.Scalar {
        if take("{") {
            let text = try name(until: "}")
            guard let value = UInt32(text, radix: 16), let scalar = Unicode.Scalar(value) else {
                throw fault("invalid \\u{}")
            }
            return scalar
        }
        let first = try hex(4)
        if (0xD800...0xDBFF).contains(first), take("\\u") {
            let second = try hex(4)
            if (0xDC00...0xDFFF).contains(second) {
                return Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
                    ?? "\u{FFFD}"
            }
        }
        guard let scalar = Unicode.Scalar(first) else { throw fault("lone surrogate") }
        return scalar
    }

    private mutating func hex(_ count: Int) throws(RegexSyntaxError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let digit = Character(try next()).hexDigitValue else {
                throw fault("invalid hexadecimal escape")
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    /// The class whose opening bracket has been read.
    private mutating func characterClass() throws(RegexSyntaxError) -> ScalarSet {
        let negated = take("^")
        var items: [ScalarSet.Item] = []
        while !take("]") {
            let low = try classAtom()
            guard peek == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
                items.append(low)
                continue
            }
            position += 1
            let high = try classAtom()
            guard case .range(let from) = low, case .range(let to) = high else {
                throw fault("a class cannot bound a range")
            }
            guard from.lowerBound <= to.lowerBound else { throw fault("range out of order") }
            items.append(.range(from.lowerBound...to.lowerBound))
        }
        return ScalarSet(items, isNegated: negated)
    }

    private mutating func classAtom() throws(RegexSyntaxError) -> ScalarSet.Item {
        var scalar = try next()
        if scalar == "\\" {
            if let set = try classEscape() { return .nested(set) }
            scalar = take("b") ? "\u{08}" : try characterEscape()
        }
        return .range(scalar.value...scalar.value)
    }
}
