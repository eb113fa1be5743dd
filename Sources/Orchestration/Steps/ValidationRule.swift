import JSON
import Journal

/// A rule of a `validation` step: a field of the data that must meet a condition.
struct ValidationRule {
    /// A path in the data.
    let field: String
    let message: String
    /// What the operator compares with; its strings are templates.
    let value: JSONValue
    private let path: [Reference.Component]
    private let comparison: ConditionOperator

    /// Reads `[{field, condition: {operator, value}, message?}]`; nothing is no rules.
    static func list(_ json: JSONValue?) throws(RunFailure) -> [ValidationRule] {
        guard let json else { return [] }
        guard let elements = json.arrayValue, !elements.isEmpty else {
            throw .workflow(.validation, "rules must be an array of at least one rule")
        }
        var rules: [ValidationRule] = []
        for (index, element) in elements.enumerated() {
            do { rules.append(try ValidationRule(element)) } catch {
                throw .workflow(.validation, "rules[\(index)]: \(error.message)")
            }
        }
        return rules
    }

    private init(_ json: JSONValue) throws(RunFailure) {
        guard let field = json["field"]?.stringValue, let path = try? Reference.path(field) else {
            throw .workflow(.validation, "field must be the path of a field")
        }
        let condition = json["condition"]
        guard let spelling = condition?["operator"]?.stringValue,
            let comparison = ConditionOperator(spelling: spelling)
        else {
            throw .workflow(.validation, "condition must be {operator, value}")
        }
        guard condition?["value"] != nil || !comparison.needsValue else {
            throw .workflow(.validation, "the operator \"\(spelling)\" needs a value")
        }
        self.field = field
        self.path = path
        self.comparison = comparison
        value = condition?["value"] ?? .null
        message = json["message"]?.stringValue ?? "\(field) does not meet \(spelling)"
        if comparison == .matches, let pattern = value.stringValue, !pattern.contains("{{") {
            _ = try PatternMatch(pattern)
        }
    }

    func holds(for data: JSONValue, in scope: Scope) throws(RunFailure) -> Bool {
        try comparison.holds(Reference.follow(path, in: data), scope.render(value))
    }
}
