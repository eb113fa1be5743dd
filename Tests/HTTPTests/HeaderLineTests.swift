import Testing

@testable import HTTP

@Suite("Header lines")
struct HeaderLineTests {
    @Test(
        "lines are told apart",
        arguments: [
            ("HTTP/1.1 200 OK\r\n", .status(200)), ("HTTP/2 404 \r\n", .status(404)),
            ("HTTP/1.0 500\n", .status(500)), ("HTTP/1.1 abc\r\n", .malformed),
            ("HTTP/1.1\r\n", .malformed), ("\r\n", .end), ("", .end),
            ("Name: value\r\n", .field(name: "Name", value: "value")),
            ("name:value", .field(name: "name", value: "value")),
            ("N: \t a: b \t\r\n", .field(name: "N", value: "a: b")),
            ("Empty:\r\n", .field(name: "Empty", value: "")),
            ("N: caf\u{E9}\r\n", .field(name: "N", value: "café")),
            (" folded \r\n", .continuation("folded")), (": no name\r\n", .malformed),
            ("no colon\r\n", .malformed),
        ] as [(String, HeaderLine)])
    func kinds(text: String, expected: HeaderLine) {
        let line = Array(text.utf8).withUnsafeBytes { HeaderLine($0) }
        #expect(line == expected)
    }

    @Test("bytes that are not UTF-8 are replaced")
    func invalidBytes() {
        let line = ([0x4E, 0x3A, 0xFF, 0x41] as [UInt8]).withUnsafeBytes { HeaderLine($0) }
        #expect(line == .field(name: "N", value: "\u{FFFD}A"))
    }
}
