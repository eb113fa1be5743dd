import JSON
import Journal

/// A condition written as a text: `{{a.b}} > 3 && !(c.d == "x")`.
indirect enum Expression: Sendable, Hashable {
    case literal(JSONValue)
    case reference(Reference)
    /// A quoted text that has references in it.
    case template(Template)
    case not(Expression)
    case comparison(Expression, ConditionOperator, Expression)
    case and(Expression, Expression)
    case or(Expression, Expression)

    func value(in scope: Scope) throws(RunFailure) -> JSONValue {
        switch self {
        case .literal(let value): value
        case .reference(let reference): try scope.value(of: reference)
        case .template(let template): .string(try scope.text(of: template))
        case .not, .comparison, .and, .or: .bool(try isTrue(in: scope))
        }
    }

    /// The right-hand side of `&&` and `||` is not looked at when the left decides.
    func isTrue(in scope: Scope) throws(RunFailure) -> Bool {
        switch self {
        case .literal, .reference, .template:
            return LooseComparison.isTrue(try value(in: scope))
        case .not(let operand):
            return try !operand.isTrue(in: scope)
        case .comparison(let left, let comparison, let right):
            return try comparison.holds(left.value(in: scope), right.value(in: scope))
        case .and(let left, let right):
            guard try left.isTrue(in: scope) else { return false }
            return try right.isTrue(in: scope)
        case .or(let left, let right):
            if try left.isTrue(in: scope) { return true }
            return try right.isTrue(in: scope)
        }
    }

    var references: [Reference] {
        switch self {
        case .literal: []
        case .reference(let reference): [reference]
        case .template(let template): template.references
        case .not(let operand): operand.references
        case .comparison(let left, _, let right), .and(let left, let right),
            .or(let left, let right):
            left.references + right.references
        }
    }
}
