/// Names and addresses of hosts and mailboxes.
enum NetworkFormats {
    private static let atom = FormatPattern(
        "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
    private static let internationalAtom = FormatPattern(
        "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\x80-\\u{10FFFF}-]+"
            + "(?:\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\x80-\\u{10FFFF}-]+)*")
    private static let quoted = FormatPattern("\"(?:[ !#-\\[\\]-~]|\\\\[ -~])*\"")
    private static let internationalQuoted = FormatPattern(
        "\"(?:[ !#-\\[\\]-~\\x80-\\u{10FFFF}]|\\\\[ -~])*\"")
    private static let label = FormatPattern("[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
    private static let octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
    private static let v4 = FormatPattern("\(octet)(?:\\.\(octet)){3}")
    /// Allowed by exception or in context (RFC 5892, sections 2.6 and 2.7); the contexts are not checked.
    private static let joining = Set(
        "\u{B7}\u{375}\u{5F3}\u{5F4}\u{6FD}\u{6FE}\u{F0B}\u{200C}\u{200D}\u{3007}\u{30FB}"
            .unicodeScalars)
    private static let group = FormatPattern("[0-9A-Fa-f]{1,4}")

    /// RFC 5321, section 4.1.2, with the lengths of 4.5.3.1; international ones RFC 6531.
    static func isEmail(_ text: String, isInternational: Bool) -> Bool {
        guard let at = text.lastIndex(of: "@"), text.utf8.count <= 320 else { return false }
        let local = String(text[..<at])
        let domain = String(text[text.index(after: at)...])
        let locals = isInternational ? [internationalAtom, internationalQuoted] : [atom, quoted]
        guard local.utf8.count <= 64, locals.contains(where: { $0.matches(local) }) else {
            return false
        }
        if domain.hasPrefix("["), domain.hasSuffix("]") {
            let literal = String(domain.dropFirst().dropLast())
            if literal.hasPrefix("IPv6:") { return isIPv6(String(literal.dropFirst(5))) }
            return isIPv4(literal)
        }
        return isInternational ? isInternationalHostname(domain) : isHostname(domain)
    }

    /// RFC 1123, section 2.1. Of RFC 5891 only that "--" stands third and fourth in punycode alone.
    static func isHostname(_ text: String) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            label.matches(String(part))
                && (part.dropFirst(2).prefix(2) != "--"
                    || part.lowercased().hasPrefix("xn--") && part.utf8.count > 4)
        }
    }

    /// Labels of letters, marks and digits; the tables of RFC 5892 are not applied.
    static func isInternationalHostname(_ text: String) -> Bool {
        let dots: Set<Character> = [".", "\u{3002}", "\u{FF0E}", "\u{FF61}"]
        let labels = text.split(omittingEmptySubsequences: false) { dots.contains($0) }
        return (1...253).contains(text.unicodeScalars.count)
            && labels.allSatisfy { isInternationalLabel($0) }
    }

    private static func isInternationalLabel(_ label: Substring) -> Bool {
        let scalars = label.unicodeScalars
        guard let first = scalars.first, let last = scalars.last, scalars.count <= 63 else {
            return false
        }
        if scalars.allSatisfy(\.isASCII) { return isHostname(String(label)) }
        guard first != "-", last != "-", label.dropFirst(2).prefix(2) != "--" else { return false }
        switch first.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return false
        default: break
        }
        return scalars.allSatisfy { scalar in
            scalar == "-" || joining.contains(scalar)
                || scalar.properties.isIDContinue && scalar != "_"
        }
    }

    /// Dotted decimal, RFC 2673, section 3.2.
    static func isIPv4(_ text: String) -> Bool { v4.matches(text) }

    /// RFC 4291, section 2.2, without a zone.
    static func isIPv6(_ text: String) -> Bool {
        var text = text
        var tail = 0
        if text.contains(".") {
            guard let colon = text.lastIndex(of: ":") else { return false }
            guard isIPv4(String(text[text.index(after: colon)...])) else { return false }
            text = String(text[...colon]) + "0"
            tail = 1
        }
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return false }
        var groups = tail
        for half in halves where !half.isEmpty {
            let parts = half.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.allSatisfy({ group.matches(String($0)) }) else { return false }
            groups += parts.count
        }
        return halves.count == 2 ? groups <= 7 : groups == 8
    }
}
