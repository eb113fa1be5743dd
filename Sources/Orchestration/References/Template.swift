/// A text with references between double braces.
struct Template: Sendable, Hashable {
    /// A part of the text.
    enum Piece: Sendable, Hashable {
        case text(String)
        case reference(Reference)
    }

    let pieces: [Piece]

    init(_ text: String) throws(Reference.Fault) {
        guard text.contains("{{") else {
            pieces = text.isEmpty ? [] : [.text(text)]
            return
        }
        var pieces: [Piece] = []
        let characters = Array(text)
        var literal = ""
        var position = 0
        while position < characters.count {
            guard Self.isPair("{", in: characters, at: position) else {
                literal.append(characters[position])
                position += 1
                continue
            }
            if !literal.isEmpty { pieces.append(.text(literal)) }
            literal = ""
            var cursor = ReferenceCursor(characters, at: position + 2)
            pieces.append(.reference(try Self.braced(&cursor, characters)))
            position = cursor.position + 2
        }
        if !literal.isEmpty { pieces.append(.text(literal)) }
        self.pieces = pieces
    }

    /// The reference when the text is nothing but one; its value keeps its type.
    var whole: Reference? {
        if pieces.count == 1, case .reference(let reference) = pieces[0] { reference } else { nil }
    }

    var references: [Reference] {
        pieces.compactMap { if case .reference(let reference) = $0 { reference } else { nil } }
    }

    private static func braced(
        _ cursor: inout ReferenceCursor, _ characters: [Character]
    ) throws(Reference.Fault) -> Reference {
        let start = cursor.position
        cursor.skipSpace()
        do {
            let reference = try cursor.reference()
            cursor.skipSpace()
            if isPair("}", in: characters, at: cursor.position) { return reference }
        } catch {
            // The same complaint as for a reference that is followed by something else.
        }
        let shown = String(characters[start...].prefix(40))
        throw Reference.Fault(
            message: "\"{{\(shown)\" is not a reference; it must read {{name}}, {{name.key}} or "
                + "{{name[0].key}}")
    }

    private static func isPair(_ brace: Character, in text: [Character], at index: Int) -> Bool {
        index + 1 < text.count && text[index] == brace && text[index + 1] == brace
    }
}
