import JSON
import Journal

/// A condition of a workflow, in any of its three forms:
///
///     {"field": "step1.data.count", "operator": "greater_than", "value": 0}
///     {"and": […]}   {"or": […]}   {"not": …}
///     "step1.data.count > 0 && {{input.mode}} == 'fast'"
indirect enum Condition: Sendable, Hashable {
    case constant(Bool)
    case test(field: JSONValue, ConditionOperator, value: JSONValue)
    case all([Condition])
    case any([Condition])
    case not(Condition)
    case expression(Expression)

    private static let maxDepth = 32

    /// Reads a condition; absent and null are true. Throws CONDITION_ERROR with what is wrong.
    init(_ json: JSONValue?) throws(RunFailure) {
        try self.init(json, depth: 0)
    }

    private init(_ json: JSONValue?, depth: Int) throws(RunFailure) {
        guard depth < Self.maxDepth else {
            throw .workflow(.condition, "a condition nests at most \(Self.maxDepth) levels")
        }
        switch json {
        case nil, .null: self = .constant(true)
        case .bool(let value): self = .constant(value)
        case .string(let text):
            do { self = .expression(try ExpressionParser.parse(text)) } catch {
                throw .workflow(.condition, error.message)
            }
        case .object(let object): self = try Self.parse(object, depth: depth)
        case .number, .array: throw Self.formatFault
        }
    }

    private static func parse(_ object: JSONObject, depth: Int) throws(RunFailure) -> Condition {
        if object.contains(key: "and") { return .all(try list(object["and"], depth)) }
        if object.contains(key: "or") { return .any(try list(object["or"], depth)) }
        if let operand = object["not"] { return .not(try Condition(operand, depth: depth + 1)) }
        guard let field = object["field"], let spelling = object["operator"]?.stringValue else {
            throw formatFault
        }
        guard let comparison = ConditionOperator(spelling: spelling) else {
            throw .workflow(.condition, "unknown operator \"\(spelling)\"")
        }
        guard object.contains(key: "value") || !comparison.needsValue else {
            throw .workflow(.condition, "the operator \"\(spelling)\" needs a value")
        }
        let test = Condition.test(
            field: try operand(field), comparison, value: object["value"] ?? .null)
        try test.checkTexts()
        return test
    }

    private static func list(_ json: JSONValue?, _ depth: Int) throws(RunFailure) -> [Condition] {
        guard let elements = json?.arrayValue else { throw formatFault }
        var conditions: [Condition] = []
        for element in elements {
            conditions.append(try Condition(element, depth: depth + 1))
        }
        return conditions
    }

    /// The field is a reference, with or without braces: put into braces here.
    private static func operand(_ field: JSONValue) throws(RunFailure) -> JSONValue {
        guard let text = field.stringValue else {
            throw .workflow(.condition, "\"field\" must be a string, not \(field.typeName)")
        }
        if text.contains("{{") { return field }
        do { _ = try Reference(text) } catch { throw .workflow(.condition, error.message) }
        return .string("{{\(text)}}")
    }

    private static let formatFault = RunFailure.workflow(
        .condition,
        "Invalid condition format: it must be {field, operator, value}, {and}, {or}, {not} or "
            + "an expression")

    /// Whether the condition holds. References that do not resolve, and patterns that are none,
    /// are failures, never false.
    func holds(in scope: Scope) throws(RunFailure) -> Bool {
        switch self {
        case .constant(let value): return value
        case .test(let field, let comparison, let value):
            return try comparison.holds(scope.render(field), scope.render(value))
        case .all(let conditions):
            for condition in conditions where try !condition.holds(in: scope) { return false }
            return true
        case .any(let conditions):
            for condition in conditions where try condition.holds(in: scope) { return true }
            return false
        case .not(let condition): return try !condition.holds(in: scope)
        case .expression(let expression): return try expression.isTrue(in: scope)
        }
    }

    var references: [Reference] {
        switch self {
        case .constant: []
        case .test(let field, _, let value):
            (try? TemplateTexts.references(in: [field, value])) ?? []
        case .all(let conditions), .any(let conditions): conditions.flatMap(\.references)
        case .not(let condition): condition.references
        case .expression(let expression): expression.references
        }
    }

    private func checkTexts() throws(RunFailure) {
        guard case .test(let field, let comparison, let value) = self else { return }
        do { _ = try TemplateTexts.references(in: [field, value]) } catch {
            throw .workflow(.condition, error.message)
        }
        if comparison == .matches, let pattern = value.stringValue, !pattern.contains("{{") {
            _ = try PatternMatch(pattern)
        }
    }
}
