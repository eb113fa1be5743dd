/// Reads references out of a text, character by character.
///
///     reference = name { "." name | "[" ( digits | "*" | quoted ) "]" }
///
/// A name is anything without white space and the characters of the grammar and of expressions,
/// so that hyphenated keys need no quotes; other keys are written `["a key"]`.
struct ReferenceCursor {
    private static let reserved: Set<Character> = [
        ".", "[", "]", "{", "}", "(", ")", "\"", "'", "|", "&", "!", "=", "<", ">", ",",
    ]

    static func isNameCharacter(_ character: Character) -> Bool {
        !character.isWhitespace && !reserved.contains(character)
    }

    private let text: [Character]
    private(set) var position = 0

    init(_ text: some StringProtocol) {
        self.text = Array(text)
    }

    init(_ text: [Character], at position: Int) {
        self.text = text
        self.position = position
    }

    mutating func wholeReference() throws(Reference.Fault) -> Reference {
        skipSpace()
        let reference = try reference()
        skipSpace()
        guard position == text.count else {
            throw Reference.Fault(
                message: "unexpected \"\(text[position])\" in the reference \"\(shown)\"")
        }
        return reference
    }

    mutating func reference() throws(Reference.Fault) -> Reference {
        var reference = Reference(root: try name(), path: [])
        while let next = peek {
            switch next {
            case ".":
                position += 1
                reference.path.append(.key(try name()))
            case "[":
                position += 1
                reference.path.append(try subscripted())
            default: return reference
            }
        }
        return reference
    }

    mutating func skipSpace() {
        while let next = peek, next.isWhitespace { position += 1 }
    }

    /// What messages show of the text.
    private var shown: String { String(text.prefix(60)) }

    private var peek: Character? { position < text.count ? text[position] : nil }

    private mutating func name() throws(Reference.Fault) -> String {
        let start = position
        while let next = peek, Self.isNameCharacter(next) { position += 1 }
        guard position > start else {
            throw Reference.Fault(message: "a name is missing in the reference \"\(shown)\"")
        }
        return String(text[start..<position])
    }

    private mutating func subscripted() throws(Reference.Fault) -> Reference.Component {
        let component: Reference.Component
        if let quote = peek, quote == "\"" || quote == "'" {
            position += 1
            let start = position
            while let next = peek, next != quote { position += 1 }
            component = .key(String(text[start..<position]))
            position += 1
        } else {
            let start = position
            while let next = peek, next != "]" { position += 1 }
            let inner = String(text[start..<position])
            if inner == "*" {
                component = .every
            } else if let index = Int(inner), index >= 0 {
                component = .index(index)
            } else {
                throw Reference.Fault(
                    message: "\"[\(inner)]\" is neither an index, nor [*], nor a quoted key")
            }
        }
        guard peek == "]" else {
            throw Reference.Fault(message: "\"]\" is missing in the reference \"\(shown)\"")
        }
        position += 1
        return component
    }
}
