import JSON

/// Parses the body of an answer that is paid for: what can be repaired without guessing is.
enum LenientBody {
    /// Replies nest little; a text nested deeper than this is not one.
    private static let limits = JSONLimits(maxDepth: 64)

    /// The document; nil when the body is not JSON.
    ///
    /// Two faults are seen on otherwise whole replies and touch nothing but single characters of
    /// texts: invalid UTF-8, and control characters that should have been escaped
    /// (llama-cpp-python). Those characters become U+FFFD and blanks.
    static func parse(_ body: [UInt8]) -> JSONValue? {
        do {
            return try JSONValue(parsing: body, limits: limits)
        } catch {
            guard error.code == .invalidUTF8 || error.code == .controlCharacter else { return nil }
        }
        let blanked = body.map { $0 < 0x20 ? UInt8(ascii: " ") : $0 }
        return try? JSONValue(parsing: String(decoding: blanked, as: UTF8.self), limits: limits)
    }
}
