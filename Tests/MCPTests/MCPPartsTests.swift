import JSON
import Testing

@testable import Tools

@Suite("Parts of the MCP client")
struct MCPPartsTests {
    @Test(
        "a tool's name becomes one that providers take, and back",
        arguments: [
            ("get_time", "get_time"), ("a.b", "a_x2Eb"), ("a/b c", "a_x2Fb_x20c"),
            ("a_x2Eb", "a_x5Fx2Eb"), ("_x", "_x"), ("__x2E", "__x5Fx2E"), ("_x2e", "_x2e"),
            ("größe", "gr_xC3_xB6_xC3_x9Fe"), ("_.", "__x2E"), ("a__b", "a__b"),
        ])
    func names(name: String, exposed: String) {
        #expect(MCPToolName.exposed(name, plugin: "p") == exposed)
        #expect(MCPToolName.decoded(exposed) == name)
    }

    @Test("a long name keeps its beginning and differs from its neighbours")
    func longNames() {
        let names = ["a", "b"].map { String(repeating: "x", count: 80) + $0 }
        let exposed = names.map { MCPToolName.exposed($0, plugin: "peer") }
        for name in exposed {
            #expect("peer__\(name)".utf8.count == 64 && name.hasPrefix("xxxxxxxx"))
        }
        #expect(Set(exposed).count == 2)
        #expect(MCPToolName.exposed(String(repeating: "x", count: 58), plugin: "peer").count == 58)
    }

    @Test("lines are cut wherever the bytes are, and long ones are reported once")
    func lines() {
        let text = Array("ab\n\ncd\nlonger than ten\nef\n".utf8)
        for size in 1...text.count {
            var splitter = LineSplitter(maxBytes: 10)
            var lines: [LineSplitter.Line] = []
            for start in stride(from: 0, to: text.count, by: size) {
                lines += splitter.append(text[start..<min(start + size, text.count)])
            }
            let whole = lines.filter { if case .whole = $0 { true } else { false } }
            #expect(whole == ["ab", "cd", "ef"].map { .whole(Array($0.utf8)) })
            #expect(lines.count == 4)
        }
    }

    @Test(
        "the id of a reply too large to read is read from its beginning only",
        arguments: [
            (#"{"jsonrpc":"2.0","id":7,"result":"#, 7), (#"{"id": 12, "jsonrpc""#, 12),
            (#"{"jsonrpc": "2.0", "id": 3, "#, 3), (#"{"result":{"id":7,"#, nil),
            (#"{"jsonrpc":"2.0","result":{"id":7,"#, nil), (#"{"id":"7","#, nil), ("", nil),
            (#"{"id":7"#, nil), (#"{"id":99999999999999999999,"#, nil),
        ] as [(String, Int?)])
    func heads(text: String, id: Int?) {
        #expect(ReplyHead.id(Array(text.utf8)) == id)
    }

    @Test("what is not written can be taken back, what is begun can not")
    func outbox() {
        var outbox = Outbox(maxBytes: 20)
        let isTaken = [
            outbox.add([1, 2, 3], id: 1), outbox.add([4], id: 2),
            outbox.add([UInt8](repeating: 0, count: 30), id: 3),
        ]
        #expect(isTaken == [true, true, false])
        outbox.wrote(2)
        #expect(Array(outbox.next) == [3, 0x0A])
        #expect(!outbox.isWritten(1))
        let isWithdrawn = [outbox.withdraw(1), outbox.withdraw(2), outbox.withdraw(2)]
        #expect(isWithdrawn == [false, true, false])
        outbox.wrote(2)
        #expect(outbox.isWritten(1) && outbox.isEmpty)
    }

    @Test("the pauses between starts double up to a limit")
    func pauses() {
        var limits = MCPLimits()
        limits.maxRestartPause = .seconds(3)
        let pauses = (0...6).map { limits.restartPause(after: $0) }
        let expected: [Duration] = [
            .zero, .milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2), .seconds(3),
            .seconds(3),
        ]
        #expect(pauses == expected)
    }

    @Test(
        "a text in a header is plain or encoded",
        arguments: [
            ("abc", "abc"), (" a", "=?base64?IGE=?="), ("ü", "=?base64?w7w=?="), ("", ""),
            ("a\nb", "=?base64?YQpi?="), ("=?base64?YQ==?=", "=?base64?PT9iYXNlNjQ/WVE9PT89?="),
        ])
    func headers(text: String, encoded: String) {
        #expect(HeaderText.encode(text) == encoded)
    }
}
