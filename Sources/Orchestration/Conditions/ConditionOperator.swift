import JSON
import Journal

/// The operators of the simple form of a condition.
enum ConditionOperator: String, Sendable, CaseIterable {
    case equals
    case notEquals = "not_equals"
    case greaterThan = "greater_than"
    case greaterThanOrEqual = "greater_than_or_equal"
    case lessThan = "less_than"
    case lessThanOrEqual = "less_than_or_equal"
    case contains
    case notContains = "not_contains"
    case containsAny = "contains_any"
    case isIn = "in"
    case isNotIn = "not_in"
    case exists
    case notExists = "not_exists"
    case isEmpty = "is_empty"
    case isNotEmpty = "is_not_empty"
    case matches
    case startsWith = "starts_with"
    case endsWith = "ends_with"

    /// Other spellings, those of expressions among them.
    private static let aliases: [String: ConditionOperator] = [
        "==": .equals, "===": .equals, "eq": .equals,
        "!=": .notEquals, "!==": .notEquals, "ne": .notEquals,
        ">": .greaterThan, "gt": .greaterThan,
        ">=": .greaterThanOrEqual, "gte": .greaterThanOrEqual,
        "<": .lessThan, "lt": .lessThan,
        "<=": .lessThanOrEqual, "lte": .lessThanOrEqual,
    ]

    init?(spelling: String) {
        guard let found = Self(rawValue: spelling) ?? Self.aliases[spelling] else { return nil }
        self = found
    }

    /// Whether the operator compares with a value at all.
    var needsValue: Bool {
        switch self {
        case .exists, .notExists, .isEmpty, .isNotEmpty: false
        default: true
        }
    }

    /// Whether the operator holds between the two values.
    func holds(_ left: JSONValue, _ right: JSONValue) throws(RunFailure) -> Bool {
        switch self {
        case .equals: LooseComparison.areEqual(left, right)
        case .notEquals: !LooseComparison.areEqual(left, right)
        case .greaterThan: LooseComparison.order(left, right).map { $0 > 0 } ?? false
        case .greaterThanOrEqual: LooseComparison.order(left, right).map { $0 >= 0 } ?? false
        case .lessThan: LooseComparison.order(left, right).map { $0 < 0 } ?? false
        case .lessThanOrEqual: LooseComparison.order(left, right).map { $0 <= 0 } ?? false
        case .contains: LooseComparison.contains(left, right)
        case .notContains: !LooseComparison.contains(left, right)
        case .containsAny:
            right.arrayValue?.contains { LooseComparison.contains(left, $0) } ?? false
        // Without an array on the right neither holds.
        case .isIn: right.arrayValue?.contains { LooseComparison.areEqual(left, $0) } ?? false
        case .isNotIn:
            right.arrayValue.map { !$0.contains { LooseComparison.areEqual(left, $0) } } ?? false
        case .exists: !left.isNull
        case .notExists: left.isNull
        case .isEmpty: LooseComparison.isEmpty(left)
        case .isNotEmpty: !LooseComparison.isEmpty(left)
        case .matches: try matchesPattern(left, right)
        case .startsWith: texts(left, right).map { $0.hasPrefix($1) } ?? false
        case .endsWith: texts(left, right).map { $0.hasSuffix($1) } ?? false
        }
    }

    private func matchesPattern(_ left: JSONValue, _ right: JSONValue) throws(RunFailure) -> Bool {
        guard let pattern = right.stringValue else {
            throw .workflow(.condition, "the value of \"matches\" must be a string")
        }
        let compiled = try PatternMatch(pattern)
        guard let text = LooseComparison.text(left) else { return false }
        return compiled.matches(text)
    }

    private func texts(_ left: JSONValue, _ right: JSONValue) -> (String, String)? {
        guard let left = LooseComparison.text(left), let right = LooseComparison.text(right) else {
            return nil
        }
        return (left, right)
    }
}
