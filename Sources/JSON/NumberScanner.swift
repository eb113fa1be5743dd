/// JSON's grammar of numbers (RFC 8259 section 6).
enum NumberScanner {
    /// The index after the number that starts at `start`; nil when there is none.
    static func end(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var position = start
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
        let whole = digits(in: bytes, from: position)
        if whole == position { return nil }
        if bytes[position] == UInt8(ascii: "0"), whole > position + 1 { return nil }
        position = whole
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            let fraction = digits(in: bytes, from: position + 1)
            if fraction == position + 1 { return nil }
            position = fraction
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count,
                bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-")
            {
                position += 1
            }
            let exponent = digits(in: bytes, from: position)
            if exponent == position { return nil }
            position = exponent
        }
        return position
    }

    private static func digits(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var position = start
        while position < bytes.count, bytes[position] &- 48 < 10 { position += 1 }
        return position
    }
}
