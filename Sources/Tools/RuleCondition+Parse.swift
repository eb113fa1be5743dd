import JSON

extension RuleCondition {
    /// Reads a condition; nil when it is anything but comparisons with constants.
    init?(parsing text: String) {
        guard let parts = Self.split(text, by: "&&"), let alternatives = Self.split(text, by: "||"),
            parts.count == 1 || alternatives.count == 1
        else { return nil }
        needsAll = alternatives.count == 1
        var comparisons: [Comparison] = []
        for part in needsAll ? parts : alternatives {
            guard let comparison = Self.comparison(part) else { return nil }
            comparisons.append(comparison)
        }
        self.comparisons = comparisons
    }

    /// The parts between the joints, joints inside quotes left alone; nil when a quote stays open.
    private static func split(_ text: String, by joint: String) -> [String]? {
        var parts: [String] = []
        var part = ""
        var quote: Character?
        var rest = text[...]
        while let character = rest.first {
            if quote == nil, rest.hasPrefix(joint) {
                parts.append(part)
                part = ""
                rest = rest.dropFirst(joint.count)
                continue
            }
            if character == quote {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'" {
                quote = character
            }
            part.append(character)
            rest = rest.dropFirst()
        }
        return quote == nil ? parts + [part] : nil
    }

    private static func comparison(_ text: String) -> Comparison? {
        guard let start = text.firstIndex(where: { "<>=!".contains($0) }) else { return nil }
        let rest = text[start...]
        guard let relation = Relation.allCases.first(where: { rest.hasPrefix($0.rawValue) }),
            let path = path(trimmed(text[..<start])),
            let constant = constant(trimmed(rest.dropFirst(relation.rawValue.count)))
        else { return nil }
        return Comparison(path: path, relation: relation, constant: constant)
    }

    private static func path(_ text: Substring) -> [String]? {
        ArgumentPath(parsing: text)?.keys
    }

    private static func constant(_ text: Substring) -> JSONValue? {
        switch text {
        case "true": return true
        case "false": return false
        case "null", "undefined": return .null
        default: break
        }
        if let quote = text.first, quote == "\"" || quote == "'" {
            guard text.count >= 2, text.last == quote else { return nil }
            let inner = text.dropFirst().dropLast()
            return inner.contains(quote) || inner.contains("\\") ? nil : .string(String(inner))
        }
        return JSONNumber(text: String(text)).map { .number($0) }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
