/// Reads one JSON string, eight bytes at a time where nothing needs attention.
struct StringScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    /// The next byte to read.
    private(set) var position: Int
    /// All bytes seen so far, combined: above 127 when any was not ASCII.
    private var seen: UInt8 = 0

    /// `position` is the byte after the opening quote.
    init(bytes: UnsafeBufferPointer<UInt8>, position: Int) {
        self.bytes = bytes
        self.position = position
    }

    /// The decoded string; afterwards `position` is behind the closing quote.
    mutating func string() throws(JSONParseError) -> String {
        let start = position
        skipPlain()
        guard position < bytes.count else { throw fault(.unexpectedEnd) }
        if bytes[position] == UInt8(ascii: "\"") {
            let text = try text(UnsafeBufferPointer(rebasing: bytes[start..<position]), from: start)
            position += 1
            return text
        }
        return try escaped(from: start)
    }

    private func fault(_ code: JSONParseError.Code) -> JSONParseError {
        JSONParseError(code: code, offset: position)
    }

    private func text(
        _ content: UnsafeBufferPointer<UInt8>, from start: Int
    ) throws(JSONParseError) -> String {
        if seen < 0x80 { return String(decoding: content, as: UTF8.self) }
        guard let text = String(validating: content, as: UTF8.self) else {
            throw JSONParseError(code: .invalidUTF8, offset: start)
        }
        return text
    }

    /// Moves to the next quote, backslash or control character, or to the end.
    private mutating func skipPlain() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let raw = UnsafeRawBufferPointer(bytes)
        while position + 8 <= bytes.count {
            let word = raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            // A byte of x is zero exactly when (x - 1) & ~x has its high bit set, for the lowest such byte;
            // and a byte is below 0x20 when subtracting 0x20 borrows.
            let quote = word ^ (ones &* 0x22)
            let slash = word ^ (ones &* 0x5C)
            let control = (word &- (ones &* 0x20)) & ~word
            let hit = ((quote &- ones) & ~quote) | ((slash &- ones) & ~slash) | control
            if hit & highs != 0 { break }
            if word & highs != 0 { seen |= 0x80 }
            position += 8
        }
        while position < bytes.count {
            let byte = bytes[position]
            if byte == 0x22 || byte == 0x5C || byte < 0x20 { return }
            seen |= byte
            position += 1
        }
    }

    private mutating func escaped(from start: Int) throws(JSONParseError) -> String {
        var content = Array(bytes[start..<position])
        while true {
            guard position < bytes.count else { throw fault(.unexpectedEnd) }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                let text = try decoded(content, from: start)
                position += 1
                return text
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &content)
            default:
                throw fault(.controlCharacter)
            }
            let run = position
            skipPlain()
            content.append(contentsOf: bytes[run..<position])
        }
    }

    private func decoded(_ content: [UInt8], from start: Int) throws(JSONParseError) -> String {
        let result = content.withUnsafeBufferPointer { buffer in
            Result { () throws(JSONParseError) in try text(buffer, from: start) }
        }
        return try result.get()
    }

    private mutating func escape(into content: inout [UInt8]) throws(JSONParseError) {
        guard position < bytes.count else { throw fault(.unexpectedEnd) }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"): try unicode(into: &content)
        default:
            position -= 1
            throw fault(.invalidEscape)
        }
    }

    private mutating func unicode(into content: inout [UInt8]) throws(JSONParseError) {
        let first = try hexQuad()
        var scalar = Unicode.Scalar(first) ?? "\u{FFFD}"
        if (0xD800...0xDBFF).contains(first), position + 1 < bytes.count,
            bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
        {
            let back = position
            position += 2
            let second = try hexQuad()
            if (0xDC00...0xDFFF).contains(second) {
                scalar =
                    Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
                    ?? scalar
            } else {
                position = back  // the second escape is a character of its own
            }
        }
        content.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    private mutating func hexQuad() throws(JSONParseError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count else { throw fault(.unexpectedEnd) }
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - 48)
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - 87)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(byte - 55)
            default: throw fault(.invalidEscape)
            }
            position += 1
        }
        return value
    }
}
