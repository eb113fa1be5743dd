import JSON

/// Cuts the text of an expression into its words.
struct ExpressionLexer {
    /// Why a text is no expression.
    struct Fault: Error {
        var message: String
    }

    private let text: [Character]
    private var position = 0

    private init(_ text: String) {
        self.text = Array(text)
    }

    static func tokens(_ text: String) throws(Fault) -> [ExpressionToken] {
        var lexer = ExpressionLexer(text)
        var tokens: [ExpressionToken] = []
        while let token = try lexer.next() { tokens.append(token) }
        return tokens
    }

    /// Longest first.
    private static let symbols: [(text: String, token: ExpressionToken)] = [
        ("===", .comparison(.equals)), ("!==", .comparison(.notEquals)),
        ("==", .comparison(.equals)), ("!=", .comparison(.notEquals)),
        (">=", .comparison(.greaterThanOrEqual)), ("<=", .comparison(.lessThanOrEqual)),
        ("&&", .and), ("||", .or), (">", .comparison(.greaterThan)),
        ("<", .comparison(.lessThan)), ("!", .not), ("(", .open), (")", .close),
    ]

    private mutating func next() throws(Fault) -> ExpressionToken? {
        while position < text.count, text[position].isWhitespace { position += 1 }
        guard position < text.count else { return nil }
        if text[position] == "\"" || text[position] == "'" { return try quoted() }
        if text[position...].starts(with: "{{") { return try braced() }
        for symbol in Self.symbols where text[position...].starts(with: symbol.text) {
            position += symbol.text.count
            return symbol.token
        }
        return try word()
    }

    private mutating func quoted() throws(Fault) -> ExpressionToken {
        let quote = text[position]
        var content = ""
        position += 1
        while position < text.count, text[position] != quote {
            if text[position] == "\\", position + 1 < text.count { position += 1 }
            content.append(text[position])
            position += 1
        }
        guard position < text.count else {
            throw Fault(message: "the quote before \"\(content.prefix(40))\" is not closed")
        }
        position += 1
        do {
            let template = try Template(content)
            return template.references.isEmpty
                ? .value(.string(content)) : .template(template)
        } catch {
            throw Fault(message: error.message)
        }
    }

    private mutating func braced() throws(Fault) -> ExpressionToken {
        var cursor = ReferenceCursor(text, at: position + 2)
        do throws(Reference.Fault) {
            cursor.skipSpace()
            let reference = try cursor.reference()
            cursor.skipSpace()
            guard text[cursor.position...].starts(with: "}}") else {
                throw Reference.Fault(message: "\"}}\" is missing after {{\(reference)")
            }
            position = cursor.position + 2
            return .reference(reference)
        } catch {
            throw Fault(message: error.message)
        }
    }

    /// A number, `true`, `false`, `null`, or a reference without braces.
    private mutating func word() throws(Fault) -> ExpressionToken {
        if let number = number() { return .value(.number(number)) }
        var cursor = ReferenceCursor(text, at: position)
        let reference: Reference
        do { reference = try cursor.reference() } catch {
            throw Fault(message: "unexpected \"\(text[position])\"")
        }
        position = cursor.position
        guard reference.path.isEmpty else { return .reference(reference) }
        return switch reference.root {
        case "true": .value(true)
        case "false": .value(false)
        case "null", "undefined": .value(nil)
        default: .reference(reference)
        }
    }

    private mutating func number() -> JSONNumber? {
        var end = position
        while end < text.count,
            text[end] == "." || text[end] == "+" || ReferenceCursor.isNameCharacter(text[end])
        {
            end += 1
        }
        guard let number = JSONNumber(text: String(text[position..<end])) else { return nil }
        position = end
        return number
    }
}
