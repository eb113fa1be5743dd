import JSON

/// Comparison as workflows mean it: `75` equals `"75"`, since models and forms write numbers as
/// texts, but nothing more surprising than that.
enum LooseComparison {
    /// Equal values of one type; a number and a text that writes it; `true` and `"true"`, `true`
    /// and `1`. Null equals only null.
    static func areEqual(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.string, .string), (.null, _), (_, .null): left == right
        case (.bool(let bool), .string(let text)), (.string(let text), .bool(let bool)):
            text == (bool ? "true" : "false")
        case (.bool(let bool), .number(let number)), (.number(let number), .bool(let bool)):
            number == JSONNumber(bool ? 1 : 0)
        default:
            if let left = number(left), let right = number(right) {
                left == right
            } else {
                left == right
            }
        }
    }

    /// -1, 0 or 1; nil when the two have no order. Numbers, and texts that write numbers, compare
    /// as numbers, other texts by their characters, which orders ISO dates too.
    static func order(_ left: JSONValue, _ right: JSONValue) -> Int? {
        if let left = number(left), let right = number(right) {
            return left < right ? -1 : left == right ? 0 : 1
        }
        guard let left = left.stringValue, let right = right.stringValue else { return nil }
        return left < right ? -1 : left == right ? 0 : 1
    }

    /// JavaScript's idea of truth: null, false, zero and the empty text are false.
    static func isTrue(_ value: JSONValue) -> Bool {
        switch value {
        case .null: false
        case .bool(let bool): bool
        case .number(let number): number != JSONNumber(0)
        case .string(let text): !text.isEmpty
        case .array, .object: true
        }
    }

    /// Null, and what has no characters, elements or members.
    static func isEmpty(_ value: JSONValue) -> Bool {
        switch value {
        case .null: true
        case .string(let text): text.isEmpty
        case .array(let elements): elements.isEmpty
        case .object(let members): members.isEmpty
        case .bool, .number: false
        }
    }

    /// A text has the other's text in it; an array has an equal element; an object has the key.
    static func contains(_ whole: JSONValue, _ part: JSONValue) -> Bool {
        switch whole {
        case .array(let elements): elements.contains { areEqual($0, part) }
        case .object(let members): part.stringValue.map(members.contains(key:)) ?? false
        case .string(let whole): text(part).map { $0.isEmpty || whole.contains($0) } ?? false
        case .null, .bool, .number:
            if let whole = text(whole), let part = text(part) {
                whole.contains(part)
            } else {
                false
            }
        }
    }

    /// The text of a scalar; nil for null, arrays and objects.
    static func text(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .number, .bool: value.serialized
        case .null, .array, .object: nil
        }
    }

    private static func number(_ value: JSONValue) -> JSONNumber? {
        switch value {
        case .number(let number): return number
        case .string(let text):
            let words = text.split(whereSeparator: \.isWhitespace)
            return words.count == 1 ? JSONNumber(text: String(words[0])) : nil
        default: return nil
        }
    }
}
