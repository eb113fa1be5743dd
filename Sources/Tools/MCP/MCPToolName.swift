/// The names of a server's tools as providers take them for functions.
enum MCPToolName {
    /// What providers take at most.
    private static let maxBytes = 64

    /// The part after `<plugin>__`: letters, digits, `_` and `-`, short enough that the whole is at
    /// most 64 of them.
    ///
    /// Other bytes become `_xHH`, and a `_` that would read as such an escape becomes `_x5F`; see
    /// `decoded`. What is too long keeps its beginning and ends in a hash of the whole, and can
    /// only be looked up.
    static func exposed(_ name: String, plugin: String) -> String {
        let bytes = Array(name.utf8)
        var text = ""
        for (index, byte) in bytes.enumerated() {
            if isPlain(byte), byte != underscore || !isEscape(bytes[index...]) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "_x" + hex(UInt64(byte), digits: 2)
            }
        }
        let room = maxBytes - plugin.utf8.count - 2
        guard text.utf8.count > room else { return text }
        let mark = "-" + hex(hash(bytes), digits: 16)
        return String(text.prefix(max(0, room - mark.utf8.count))) + mark
    }

    /// The name behind one that was not cut; nil when it is not UTF-8.
    static func decoded(_ exposed: String) -> String? {
        let bytes = Array(exposed.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if isEscape(bytes[index...]), let high = digit(bytes[index + 2]),
                let low = digit(bytes[index + 3])
            {
                result.append(high << 4 | low)
                index += 4
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(validating: result, as: UTF8.self)
    }

    private static let underscore = UInt8(ascii: "_")

    private static func isEscape(_ bytes: ArraySlice<UInt8>) -> Bool {
        let start = bytes.startIndex
        return bytes.count >= 4 && bytes[start] == underscore
            && bytes[start + 1] == UInt8(ascii: "x") && digit(bytes[start + 2]) != nil
            && digit(bytes[start + 3]) != nil
    }

    /// Upper case only: what we never write is not an escape.
    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), underscore, UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func hex(_ value: UInt64, digits: Int) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// FNV-1a.
    private static func hash(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
