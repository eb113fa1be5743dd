/// One line of a response's header section (RFC 9112 §2.1, §5).
enum HeaderLine: Hashable {
    case status(Int)
    case field(name: String, value: String)
    /// An obsolete folded line that belongs to the field before it.
    case continuation(String)
    /// The empty line.
    case end
    /// No colon, no name: left out.
    case malformed

    /// Reads a line with or without its line end. Bytes that are not UTF-8 become U+FFFD.
    init(_ line: UnsafeRawBufferPointer) {
        var rest = line[...]
        while let last = rest.last, last == 0x0A || last == 0x0D { rest = rest.dropLast() }
        guard let first = rest.first else {
            self = .end
            return
        }
        if rest.starts(with: "HTTP/".utf8) {
            let parts = rest.split(separator: 0x20, maxSplits: 2)
            let code = parts.count > 1 ? Int(String(decoding: parts[1], as: UTF8.self)) : nil
            self = code.map { .status($0) } ?? .malformed
        } else if Self.isBlank(first) {
            self = .continuation(Self.trimmed(rest))
        } else if let colon = rest.firstIndex(of: 0x3A), colon > rest.startIndex {
            self = .field(
                name: Self.trimmed(rest[..<colon]), value: Self.trimmed(rest[(colon + 1)...]))
        } else {
            self = .malformed
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        var bytes = bytes.drop(while: isBlank)
        while let last = bytes.last, isBlank(last) { bytes = bytes.dropLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
