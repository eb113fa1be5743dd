/// Formats of small grammars.
enum TextFormats {
    private static let uuid = FormatPattern(
        "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
    private static let pointer = FormatPattern("(?:/(?:[^~/]|~[01])*)*")
    private static let relativePointer = FormatPattern(
        "(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^~/]|~[01])*)*)")

    /// RFC 4122.
    static func isUUID(_ text: String) -> Bool { uuid.matches(text) }

    /// RFC 6901, section 5.
    static func isPointer(_ text: String) -> Bool { pointer.matches(text) }

    /// draft-handrews-relative-json-pointer-01.
    static func isRelativePointer(_ text: String) -> Bool { relativePointer.matches(text) }

    /// ECMA-262.
    static func isRegex(_ text: String) -> Bool { (try? RegularExpression(text)) != nil }
}
