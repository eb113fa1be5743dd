/// A recursive-descent parser over bytes in memory (RFC 8259).
///
/// Recursion is bounded by the depth limit; every other loop advances through the text.
struct JSONParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let maxDepth: Int
    private var position = 0

    static func parse(
        _ bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits
    ) throws(JSONParseError) -> JSONValue {
        guard bytes.count <= limits.maxBytes else {
            throw JSONParseError(code: .tooLarge, offset: limits.maxBytes)
        }
        var parser = JSONParser(bytes: bytes, maxDepth: min(limits.maxDepth, 1024))
        return try parser.document()
    }

    private init(bytes: UnsafeBufferPointer<UInt8>, maxDepth: Int) {
        self.bytes = bytes
        self.maxDepth = maxDepth
    }

    private mutating func document() throws(JSONParseError) -> JSONValue {
        // RFC 8259 section 8.1 lets a parser ignore a byte order mark; some servers send one.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        let result = try value(depth: 0)
        skipSpace()
        if position < bytes.count { throw fault(.trailingContent) }
        return result
    }

    private func fault(_ code: JSONParseError.Code) -> JSONParseError {
        JSONParseError(code: code, offset: position)
    }

    private func unexpected() -> JSONParseError {
        fault(position < bytes.count ? .unexpectedCharacter : .unexpectedEnd)
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// Moves past spaces and the byte, if it is next.
    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONParseError) -> JSONValue {
        skipSpace()
        guard position < bytes.count else { throw fault(.unexpectedEnd) }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""):
            position += 1
            return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw fault(.unexpectedCharacter)
        }
    }

    private mutating func object(depth: Int) throws(JSONParseError) -> JSONValue {
        if depth >= maxDepth { throw fault(.tooDeep) }
        position += 1
        var object = JSONObject()
        if take(UInt8(ascii: "}")) { return .object(object) }
        repeat {
            guard take(UInt8(ascii: "\"")) else { throw unexpected() }
            let key = try string()
            guard take(UInt8(ascii: ":")) else { throw unexpected() }
            object.set(key, try value(depth: depth + 1))
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw unexpected() }
        return .object(object)
    }

    private mutating func array(depth: Int) throws(JSONParseError) -> JSONValue {
        if depth >= maxDepth { throw fault(.tooDeep) }
        position += 1
        var elements: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return .array(elements) }
        repeat {
            elements.append(try value(depth: depth + 1))
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw unexpected() }
        return .array(elements)
    }

    private mutating func word(
        _ text: StaticString, _ value: JSONValue
    ) throws(JSONParseError) -> JSONValue {
        let length = text.utf8CodeUnitCount
        for offset in 0..<length {
            guard position + offset < bytes.count else {
                position = bytes.count
                throw fault(.unexpectedEnd)
            }
            guard bytes[position + offset] == text.utf8Start[offset] else {
                position += offset
                throw fault(.unexpectedCharacter)
            }
        }
        position += length
        return value
    }

    private mutating func number() throws(JSONParseError) -> JSONValue {
        guard let end = NumberScanner.end(in: bytes, from: position) else {
            throw fault(.invalidNumber)
        }
        let text = String(decoding: bytes[position..<end], as: UTF8.self)
        position = end
        return .number(JSONNumber(scanned: text))
    }

    /// The string whose opening quote has been read.
    private mutating func string() throws(JSONParseError) -> String {
        var scanner = StringScanner(bytes: bytes, position: position)
        let text = try scanner.string()
        position = scanner.position
        return text
    }
}

extension JSONValue {
    /// Parses a text; lone surrogate escapes become U+FFFD, NUL is kept, of equal keys the last value
    /// wins at the place of the first.
    public init(
        parsing text: String, limits: JSONLimits = .standard
    ) throws(JSONParseError) {
        self = try text.withBytes { bytes in
            Result { () throws(JSONParseError) in try JSONParser.parse(bytes, limits: limits) }
        }.get()
    }

    /// Parses UTF-8 bytes; invalid UTF-8 is an error.
    public init(
        parsing bytes: [UInt8], limits: JSONLimits = .standard
    ) throws(JSONParseError) {
        self = try bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(JSONParseError) in try JSONParser.parse(buffer, limits: limits) }
        }.get()
    }
}
