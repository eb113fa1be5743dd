/// The escapes of JSON Pointer (RFC 6901, section 3).
enum JSONPointer {
    static func escaped(_ key: String) -> String {
        guard key.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") })
        else { return key }
        return key.reduce(into: "") { result, character in
            switch character {
            case "~": result += "~0"
            case "/": result += "~1"
            default: result.append(character)
            }
        }
    }

    static func unescaped(_ token: String) -> String {
        guard token.utf8.contains(UInt8(ascii: "~")) else { return token }
        // "~01" is "~1", so that the order matters: split at the tildes, then read one escape each.
        let parts = token.split(separator: "~", omittingEmptySubsequences: false)
        var result = parts.first.map { String($0) } ?? ""
        for part in parts.dropFirst() {
            switch part.first {
            case "0": result += "~" + part.dropFirst()
            case "1": result += "/" + part.dropFirst()
            default: result += "~" + part
            }
        }
        return result
    }
}
