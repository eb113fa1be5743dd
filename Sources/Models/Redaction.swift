/// Takes secrets out of text that is about to be stored, logged or shown.
///
/// Works on shapes alone, without knowing any secret: key prefixes of the well-known issuers,
/// bearer and basic credentials, JSON Web Tokens, PEM blocks, URL userinfo, values named like a
/// secret (`password=…`), and long random-looking words. Pure and bounded: only the first
/// `scannedBytes` of a text are looked at, the rest is dropped.
public enum Redaction {
    /// What stands in the place of a secret.
    public static let mark = "[redacted]"

    /// The longest text that is looked at; far above every `limit` in use.
    static let scannedBytes = 16 << 10

    /// The text without secrets, at most `limit` characters; a cut shows as `…`.
    public static func scrub(_ text: String, limit: Int = .max) -> String {
        var bytes = Array(text.utf8.prefix(scannedBytes))
        let dropped = text.utf8.count > bytes.count
        if dropped { dropLastWord(&bytes) }
        bytes = withoutPEM(bytes)
        let scrubbed = String(decoding: SecretScanner.scrub(bytes), as: UTF8.self)
        return cut(scrubbed, to: limit, alreadyCut: dropped)
    }

    /// The text without control characters, on one line, for messages that quote a foreign text.
    public static func singleLine(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            result.append(scalar.value < 0x20 || scalar.value == 0x7f ? " " : scalar)
        }
        return String(result)
    }

    private static func cut(_ text: String, to limit: Int, alreadyCut: Bool) -> String {
        if !alreadyCut, text.unicodeScalars.count <= limit { return text }
        let kept = text.unicodeScalars.prefix(max(0, limit - 1))
        return String(String.UnicodeScalarView(kept)) + "…"
    }

    /// A word cut in half may hide the shape that gives a secret away.
    private static func dropLastWord(_ bytes: inout [UInt8]) {
        while let last = bytes.last, last > UInt8(ascii: " ") { bytes.removeLast() }
    }

    /// Replaces `-----BEGIN … -----END …-----`; a block without an end reaches to the end.
    private static func withoutPEM(_ bytes: [UInt8]) -> [UInt8] {
        let begin = Array("-----BEGIN ".utf8)
        let end = Array("-----END ".utf8)
        guard var start = bytes.firstRange(of: begin)?.lowerBound else { return bytes }
        var result: [UInt8] = []
        var position = 0
        while true {
            result += bytes[position..<start]
            result += Array(mark.utf8)
            guard let last = bytes[start...].firstRange(of: end)?.upperBound,
                let close = bytes[last...].firstRange(of: Array("-----".utf8))?.upperBound
            else { return result }
            position = close
            guard let next = bytes[position...].firstRange(of: begin)?.lowerBound else {
                return result + bytes[position...]
            }
            start = next
        }
    }
}
