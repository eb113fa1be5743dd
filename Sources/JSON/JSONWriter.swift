/// Appends JSON texts to a byte buffer.
struct JSONWriter {
    /// How a value is laid out.
    enum Style {
        /// No spaces, members and numbers as they are.
        case compact
        /// A member or element a line, two spaces a level.
        case pretty
        /// No spaces, keys in byte order, one text for each number value.
        case canonical
    }

    private let style: Style
    private(set) var bytes: [UInt8] = []

    static func write(_ value: JSONValue, _ style: Style) -> [UInt8] {
        var writer = JSONWriter(style: style)
        writer.write(value, level: 0)
        return writer.bytes
    }

    private init(style: Style) { self.style = style }

    private mutating func write(_ value: JSONValue, level: Int) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let flag): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
        case .number(let number):
            let text = style == .canonical ? number.exact.canonicalText : number.text
            bytes.append(contentsOf: text.utf8)
        case .string(let text): write(string: text)
        case .array(let elements): write(elements, level: level)
        case .object(let object): write(object, level: level)
        }
    }

    private mutating func write(_ elements: [JSONValue], level: Int) {
        bytes.append(UInt8(ascii: "["))
        for (position, element) in elements.enumerated() {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            newLine(level + 1)
            write(element, level: level + 1)
        }
        if !elements.isEmpty { newLine(level) }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func write(_ object: JSONObject, level: Int) {
        bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        func member(_ key: String, _ value: JSONValue, _ writer: inout JSONWriter) {
            if !isFirst { writer.bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            writer.newLine(level + 1)
            writer.write(string: key)
            writer.bytes.append(UInt8(ascii: ":"))
            if writer.style == .pretty { writer.bytes.append(UInt8(ascii: " ")) }
            writer.write(value, level: level + 1)
        }
        if style == .canonical {
            for (key, value) in object.sorted(by: { $0.key.precedesInBytes($1.key) }) {
                member(key, value, &self)
            }
        } else {
            for (key, value) in object { member(key, value, &self) }
        }
        if !object.isEmpty { newLine(level) }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func newLine(_ level: Int) {
        guard style == .pretty else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: level * 2))
    }

    private mutating func write(string: String) {
        bytes.append(UInt8(ascii: "\""))
        string.withBytes { content in
            var start = 0
            for position in 0..<content.count {
                let byte = content[position]
                if byte >= 0x20 && byte != 0x22 && byte != 0x5C { continue }
                bytes.append(contentsOf: content[start..<position])
                start = position + 1
                escape(byte)
            }
            bytes.append(contentsOf: content[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x22, 0x5C: bytes.append(byte)
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        default:
            let hex = Array("0123456789abcdef".utf8)
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(hex[Int(byte >> 4)])
            bytes.append(hex[Int(byte & 15)])
        }
    }
}

extension JSONValue {
    /// The compact text; key order and the text of numbers are kept.
    public var serialized: String { String(decoding: serializedBytes, as: UTF8.self) }

    /// The compact text as UTF-8.
    public var serializedBytes: [UInt8] { JSONWriter.write(self, .compact) }

    /// A text for people: a member or element a line, two spaces a level.
    public var prettyPrinted: String {
        String(decoding: JSONWriter.write(self, .pretty), as: UTF8.self)
    }

    /// One text for all equal values (sorted keys, normalised numbers): the input of fingerprints.
    public var canonical: String {
        String(decoding: JSONWriter.write(self, .canonical), as: UTF8.self)
    }
}
