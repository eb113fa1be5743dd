/// What the URL of a request template must be: an argument may never choose whom a request goes to.
enum TemplateURL {
    /// What is wrong with it; nil when nothing is.
    static func problem(of template: TextTemplate) -> String? {
        guard case .literal(let start)? = template.segments.first,
            let scheme = ["https://", "http://"].first(where: { start.hasPrefix($0) })
        else { return "must begin with https:// or http://" }
        let rest = start.dropFirst(scheme.count)
        let authority = rest.prefix { !"/?#".contains($0) }
        // Without an end of the authority the next placeholder would be part of the host.
        if authority.endIndex == rest.endIndex, template.segments.count > 1 {
            return "the host must be literal: a placeholder may stand in the path and query only"
        }
        guard !authority.isEmpty else { return "has no host" }
        if authority.contains("@") { return "has a user or password: use a credential in a header" }
        let host = authority.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-._:[]".utf8.contains(byte)
            }
        }
        guard host else { return "the host has a character that no host has" }
        let literals = template.segments.compactMap {
            if case .literal(let literal) = $0 { literal } else { nil }
        }
        let isClean = literals.allSatisfy { literal in
            literal.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\\") }
        }
        if !isClean { return "has a character that must be percent-encoded" }
        if literals.contains(where: { $0.contains("#") }) { return "has a fragment" }
        return nil
    }
}
