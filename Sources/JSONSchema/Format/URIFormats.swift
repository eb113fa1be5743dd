/// URIs (RFC 3986), IRIs (RFC 3987) and URI templates (RFC 6570).
enum URIFormats {
    private static let scheme = FormatPattern("[A-Za-z][A-Za-z0-9+.-]*")
    private static let port = FormatPattern("[0-9]*")
    private static let future = FormatPattern("[vV][0-9A-Fa-f]+\\.[A-Za-z0-9._~!$&'()*+,;=:-]+")
    private static let template = FormatPattern(
        "(?:[^\\x00-\\x20\\x7F\"%<>\\\\^`{|}]|%[0-9A-Fa-f]{2}|"
            + "\\{[+#./;?&=,!@|]?\(variable)(?:,\(variable))*\\})*")
    private static let variable =
        "(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2})(?:\\.?(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2}))*"
        + "(?::[1-9][0-9]{0,3}|\\*)?"

    static func isTemplate(_ text: String) -> Bool { template.matches(text) }

    static func isURI(_ text: String, isInternational: Bool) -> Bool {
        guard let scheme = URIReference(text).scheme, self.scheme.matches(scheme) else {
            return false
        }
        return isReference(text, isInternational: isInternational)
    }

    static func isReference(_ text: String, isInternational: Bool) -> Bool {
        let parts = URIReference(text)
        func holds(_ part: String?, _ extra: String) -> Bool {
            part.map { hasOnly($0, extra, isInternational) } ?? true
        }
        if let scheme = parts.scheme, !self.scheme.matches(scheme) { return false }
        return holds(parts.path, ":@/") && holds(parts.query, ":@/?")
            && holds(parts.fragment, ":@/?")
            && (parts.authority.map { isAuthority($0, isInternational) } ?? true)
    }

    private static func isAuthority(_ text: String, _ isInternational: Bool) -> Bool {
        var host = Substring(text)
        if let at = host.lastIndex(of: "@") {
            guard hasOnly(String(host[..<at]), ":", isInternational) else { return false }
            host = host[host.index(after: at)...]
        }
        if host.hasPrefix("[") {
            guard let end = host.lastIndex(of: "]") else { return false }
            let literal = String(host[host.index(after: host.startIndex)..<end])
            let rest = host[host.index(after: end)...]
            return (NetworkFormats.isIPv6(literal) || future.matches(literal))
                && (rest.isEmpty || rest.hasPrefix(":") && port.matches(String(rest.dropFirst())))
        }
        if let colon = host.lastIndex(of: ":") {
            guard port.matches(String(host[host.index(after: colon)...])) else { return false }
            host = host[..<colon]
        }
        return hasOnly(String(host), "", isInternational)
    }

    /// Whether a part holds only unreserved characters, sub-delimiters, escapes and `extra`.
    private static func hasOnly(_ text: String, _ extra: String, _ isInternational: Bool) -> Bool {
        let allowed = Set(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=\(extra)"
                .utf8)
        let bytes = Array(text.utf8)
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "%") {
                guard position + 2 < bytes.count, isHex(bytes[position + 1]),
                    isHex(bytes[position + 2])
                else { return false }
                position += 2
            } else if !(allowed.contains(byte) || isInternational && byte >= 0x80) {
                return false
            }
            position += 1
        }
        return true
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        Character(Unicode.Scalar(byte)).isHexDigit
    }
}
