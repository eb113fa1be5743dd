/// Why a text is not JSON. The description names the place, never the content.
public struct JSONParseError: Error, Hashable, CustomStringConvertible {
    /// The kinds of fault.
    public enum Code: String, Sendable {
        case unexpectedCharacter = "unexpected character"
        case unexpectedEnd = "unexpected end of text"
        case invalidNumber = "invalid number"
        case invalidEscape = "invalid escape in a string"
        case controlCharacter = "unescaped control character in a string"
        case invalidUTF8 = "invalid UTF-8"
        case tooDeep = "nested too deeply"
        case tooLarge = "text too large"
        case trailingContent = "content after the value"
    }

    /// The kind of fault.
    public let code: Code
    /// Where it was noticed, in bytes from the start.
    public let offset: Int

    /// An error at a byte offset.
    public init(code: Code, offset: Int) {
        self.code = code
        self.offset = offset
    }

    public var description: String { "\(code.rawValue) at byte \(offset)" }
}
