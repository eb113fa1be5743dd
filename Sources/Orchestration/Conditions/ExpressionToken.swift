import JSON

/// A word of an expression.
enum ExpressionToken: Hashable {
    case value(JSONValue)
    case reference(Reference)
    case template(Template)
    case comparison(ConditionOperator)
    case and, or, not, open, close
}
