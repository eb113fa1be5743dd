import JSON

/// A text with places for arguments and secrets: `Bearer {{credential:MAIL_KEY}}`, `{{to}}`.
struct TextTemplate: Sendable, Hashable {
    enum Segment: Sendable, Hashable {
        case literal(String)
        case argument(ArgumentPath)
        case credential(String)
    }

    let segments: [Segment]

    /// Reads a template; throws what is wrong with it.
    init(parsing text: String) throws(TemplateFault) {
        var segments: [Segment] = []
        var rest = text[...]
        while let open = rest.firstRange(of: "{{") {
            if open.lowerBound > rest.startIndex {
                segments.append(.literal(String(rest[..<open.lowerBound])))
            }
            guard let close = rest[open.upperBound...].firstRange(of: "}}") else {
                throw TemplateFault(message: "a placeholder is not closed by }}")
            }
            segments.append(try Self.placeholder(rest[open.upperBound..<close.lowerBound]))
            rest = rest[close.upperBound...]
        }
        if !rest.isEmpty { segments.append(.literal(String(rest))) }
        self.segments = segments
    }

    /// The argument a template consists of: its value keeps its type.
    var wholeArgument: ArgumentPath? {
        guard segments.count == 1, case .argument(let path) = segments[0] else { return nil }
        return path
    }

    var arguments: [ArgumentPath] {
        segments.compactMap { if case .argument(let path) = $0 { path } else { nil } }
    }

    var credentials: [String] {
        segments.compactMap { if case .credential(let name) = $0 { name } else { nil } }
    }

    private static func placeholder(_ inner: Substring) throws(TemplateFault) -> Segment {
        let name = String(inner.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        if name.hasPrefix("credential:") {
            let credential = String(name.dropFirst("credential:".count))
            guard CredentialName.isValid(credential) else {
                throw TemplateFault(message: "{{\(name)}} is not the name of a credential")
            }
            return .credential(credential)
        }
        guard let path = ArgumentPath(parsing: name) else {
            throw TemplateFault(message: "{{\(name)}} is not the name of an argument")
        }
        return .argument(path)
    }
}

extension TextTemplate.Segment {
    /// Whether a literal has a character that would end a header line.
    var hasControlCharacter: Bool {
        guard case .literal(let text) = self else { return false }
        return text.utf8.contains { $0 < 0x20 || $0 == 0x7f }
    }
}
