import JSON

/// The condition of a rule: comparisons of an argument with a constant.
///
/// `recipients.length > 50`, `amount >= 1000 && currency == "EUR"`. A side is a path into the
/// arguments, whose last part may be `length` (characters of a string, elements of an array); the
/// other a number, a quoted string, `true`, `false` or `null`. Comparisons are joined by `&&` or
/// by `||`, not by both. An absent argument is null; an order of anything but two numbers is false.
struct RuleCondition: Sendable, Hashable {
    enum Relation: String, Sendable, CaseIterable {
        // The longer ones first: that is how they are looked for.
        case identical = "==="
        case notIdentical = "!=="
        case equal = "=="
        case notEqual = "!="
        case greaterOrEqual = ">="
        case lessOrEqual = "<="
        case greater = ">"
        case less = "<"
    }

    struct Comparison: Sendable, Hashable {
        let path: [String]
        let relation: Relation
        let constant: JSONValue
    }

    let comparisons: [Comparison]
    /// Whether all comparisons must hold, else any of them.
    let needsAll: Bool

    func holds(for arguments: JSONValue) -> Bool {
        needsAll
            ? comparisons.allSatisfy { $0.holds(for: arguments) }
            : comparisons.contains { $0.holds(for: arguments) }
    }
}

extension RuleCondition.Comparison {
    func holds(for arguments: JSONValue) -> Bool {
        let value = self.value(in: arguments)
        switch relation {
        case .equal, .identical: return value == constant
        case .notEqual, .notIdentical: return value != constant
        case .greater, .greaterOrEqual, .less, .lessOrEqual:
            guard case .number(let left) = value, case .number(let right) = constant else {
                return false
            }
            switch relation {
            case .greater: return left > right
            case .greaterOrEqual: return left >= right
            case .less: return left < right
            default: return left <= right
            }
        }
    }

    private func value(in arguments: JSONValue) -> JSONValue {
        var value = arguments
        for (index, key) in path.enumerated() {
            if let member = value[key] {
                value = member
            } else if key == "length", index == path.count - 1 {
                return Self.length(of: value)
            } else {
                return .null
            }
        }
        return value
    }

    private static func length(of value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): JSONValue(elements.count)
        case .string(let text): JSONValue(text.unicodeScalars.count)
        default: .null
        }
    }
}
