/// Builds an expression from its words. From loosest to tightest: `||`, `&&`, comparison, `!`.
/// Comparisons do not chain, and what follows a complete expression is a fault.
struct ExpressionParser {
    typealias Fault = ExpressionLexer.Fault

    /// The longest text, in characters, and the deepest nesting of parentheses and `!`.
    private static let maxLength = 2000
    private static let maxDepth = 64

    private let tokens: [ExpressionToken]
    private var position = 0
    private var depth = 0

    static func parse(_ text: String) throws(Fault) -> Expression {
        guard text.utf8.count <= maxLength else {
            throw Fault(message: "an expression has at most \(maxLength) characters")
        }
        var parser = ExpressionParser(tokens: try ExpressionLexer.tokens(text))
        let expression = try parser.disjunction()
        guard parser.position == parser.tokens.count else {
            throw Fault(message: "unexpected words after the end of \"\(text.prefix(80))\"")
        }
        return expression
    }

    private init(tokens: [ExpressionToken]) {
        self.tokens = tokens
    }

    private mutating func disjunction() throws(Fault) -> Expression {
        var left = try conjunction()
        while take(.or) { left = .or(left, try conjunction()) }
        return left
    }

    private mutating func conjunction() throws(Fault) -> Expression {
        var left = try comparison()
        while take(.and) { left = .and(left, try comparison()) }
        return left
    }

    private mutating func comparison() throws(Fault) -> Expression {
        let left = try negation()
        guard position < tokens.count, case .comparison(let comparison) = tokens[position] else {
            return left
        }
        position += 1
        return .comparison(left, comparison, try negation())
    }

    private mutating func negation() throws(Fault) -> Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maxDepth else {
            throw Fault(message: "an expression nests at most \(Self.maxDepth) levels")
        }
        return take(.not) ? .not(try negation()) : try operand()
    }

    private mutating func operand() throws(Fault) -> Expression {
        guard position < tokens.count else {
            throw Fault(message: "the expression ends where a value is expected")
        }
        let token = tokens[position]
        position += 1
        switch token {
        case .value(let value): return .literal(value)
        case .reference(let reference): return .reference(reference)
        case .template(let template): return .template(template)
        case .open:
            let inner = try disjunction()
            guard take(.close) else { throw Fault(message: "\")\" is missing") }
            return inner
        case .comparison, .and, .or, .not, .close:
            throw Fault(message: "an operator stands where a value is expected")
        }
    }

    private mutating func take(_ token: ExpressionToken) -> Bool {
        guard position < tokens.count, tokens[position] == token else { return false }
        position += 1
        return true
    }
}
