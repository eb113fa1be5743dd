import JSON
import Testing

@Suite("parsing")
struct JSONParserTests {
    @Test(
        "a value is parsed and printed as it was written",
        arguments: [
            "null", "true", "false", "0", "-0", "1.0", "1E2", "1e+400", "-12.50e-3", "\"\"",
            "[]", "{}", "[1,[2,[3]]]", #"{"b":1,"a":{"c":[null,""]}}"#,
            #""plain ascii text longer than eight bytes""#, #""é 漢字 😀 mixed""#,
            #""quote \" slash \\ line \n tab \t return \r bell \u0007 back \b feed \f""#,
            #"{"":0}"#, "12345678901234567890123456789.000000000000000000001",
        ])
    func roundTrip(text: String) throws {
        #expect(try JSONValue(parsing: text).serialized == text)
        #expect(try JSONValue(parsing: Array(text.utf8)).serializedBytes == Array(text.utf8))
    }

    @Test(
        "white space and escapes are read",
        arguments: [
            (" \n\t\r[ 1 , 2 ] ", "[1,2]"),
            ("\u{FEFF}1", "1"),
            (#""\u0041\/\u00e9\u00E9""#, #""A/éé""#),
            (#""\ud83d\ude00""#, #""😀""#),
            (#""a\u0000b""#, #""a\u0000b""#),
            (#""\ud800""#, "\"\u{FFFD}\""),
            (#""\ude00x""#, "\"\u{FFFD}x\""),
            (#""\ud800\u0041""#, "\"\u{FFFD}A\""),
            (#""\ud800\ud83d\ude00""#, "\"\u{FFFD}😀\""),
            (#""\ud800\n""#, "\"\u{FFFD}\\n\""),
        ])
    func decoding(text: String, printed: String) throws {
        #expect(try JSONValue(parsing: text).serialized == printed)
    }

    @Test("of equal keys the last value wins at the place of the first")
    func duplicateKeys() throws {
        let value = try JSONValue(parsing: #"{"a":1,"b":2,"a":3}"#)
        #expect(value.serialized == #"{"a":3,"b":2}"#)
    }

    @Test(
        "a fault is named with its place",
        arguments: [
            ("", .unexpectedEnd, 0), (" ", .unexpectedEnd, 1), ("tru", .unexpectedEnd, 3),
            ("trux", .unexpectedCharacter, 3), ("nul]", .unexpectedCharacter, 3),
            ("[1,]", .unexpectedCharacter, 3), ("[1 2]", .unexpectedCharacter, 3),
            ("[", .unexpectedEnd, 1), ("{", .unexpectedEnd, 1),
            ("{\"a\"}", .unexpectedCharacter, 4),
            ("{\"a\":1,}", .unexpectedCharacter, 7), ("{a:1}", .unexpectedCharacter, 1),
            ("01", .invalidNumber, 0), ("-", .invalidNumber, 0), ("1.", .invalidNumber, 0),
            ("1e", .invalidNumber, 0), ("1e+", .invalidNumber, 0), ("+1", .unexpectedCharacter, 0),
            (".5", .unexpectedCharacter, 0), ("NaN", .unexpectedCharacter, 0),
            ("1 1", .trailingContent, 2), ("1x", .trailingContent, 1),
            ("'a'", .unexpectedCharacter, 0),
            ("\"abc", .unexpectedEnd, 4), ("\"abc\\", .unexpectedEnd, 5),
            ("\"\\x\"", .invalidEscape, 2), ("\"\\u12G4\"", .invalidEscape, 5),
            ("\"\\u12", .unexpectedEnd, 5), ("\"a\nb\"", .controlCharacter, 2),
            ("\"\\n\u{1}\"", .controlCharacter, 3), ("/* */1", .unexpectedCharacter, 0),
        ] as [(String, JSONParseError.Code, Int)])
    func fault(text: String, code: JSONParseError.Code, offset: Int) {
        #expect(throws: JSONParseError(code: code, offset: offset)) {
            try JSONValue(parsing: text)
        }
    }

    @Test(
        "invalid UTF-8 is an error in keys and strings, with and without escapes",
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0x5C, 0x6E, 0x80, 0x22], [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
            [0x7B, 0x22, 0xE9, 0x22, 0x3A, 0x31, 0x7D],
            Array("\"0123456789abcdef".utf8) + [0xC3, 0x22],
        ] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) throws {
        let error = #expect(throws: JSONParseError.self) { try JSONValue(parsing: bytes) }
        #expect(error?.code == .invalidUTF8)
    }

    @Test("every prefix of a document is an error and none crashes")
    func prefixes() throws {
        let text = Array(
            #"{"a":[1,-2.5e-3,true,null,"x\n\ud83d\ude00 é"],"b":{"c":"0123456789"}}"#.utf8)
        for length in 0..<text.count {
            #expect(throws: JSONParseError.self) {
                try JSONValue(parsing: Array(text.prefix(length)))
            }
        }
    }

    @Test("flipping any byte of a document never crashes")
    func mutations() throws {
        let text = Array(
            #"{"a":[1,-2.5e-3,true,null,"x\n\ud83d\ude00 é"],"b":{"c":"01234567"}}"#.utf8)
        for position in text.indices {
            for byte in [0x00, 0x22, 0x5C, 0x7B, 0x5B, 0x80, 0xFF] as [UInt8] {
                var mutated = text
                mutated[position] = byte
                if let value = try? JSONValue(parsing: mutated) {
                    #expect(try JSONValue(parsing: value.serializedBytes) == value)
                }
            }
        }
    }

    @Test("nesting beyond the limit is an error, even a megabyte of it")
    func depth() throws {
        let fits = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        #expect(try JSONValue(parsing: fits).serialized == fits)
        let objects = String(repeating: #"{"a":"#, count: 129)
        for text in [String(repeating: "[", count: 1_000_000), objects] {
            let error = #expect(throws: JSONParseError.self) { try JSONValue(parsing: text) }
            #expect(error?.code == .tooDeep)
        }
        #expect(throws: JSONParseError(code: .tooDeep, offset: 1)) {
            try JSONValue(parsing: "[[1]]", limits: JSONLimits(maxDepth: 1))
        }
    }

    @Test("a text above the size limit is refused unread")
    func size() throws {
        #expect(throws: JSONParseError(code: .tooLarge, offset: 4)) {
            try JSONValue(parsing: "12345", limits: JSONLimits(maxBytes: 4))
        }
        #expect(try JSONValue(parsing: "1234", limits: JSONLimits(maxBytes: 4)) == 1234)
    }

    @Test("an object of many members keeps order and answers by key")
    func manyMembers() throws {
        let text = "{" + (0..<20_000).map { "\"key\($0)\":\($0)" }.joined(separator: ",") + "}"
        var value = try JSONValue(parsing: text)
        #expect(value["key0"] == 0 && value["key19999"] == 19_999 && value["key20000"] == nil)
        #expect(value.serialized == text)
        value["key5"] = nil
        value["key6"] = "six"
        value["new"] = true
        #expect(value["key5"] == nil && value["key6"] == "six" && value["key19999"] == 19_999)
        #expect(value.objectValue?.keys.last == "new")
    }
}
