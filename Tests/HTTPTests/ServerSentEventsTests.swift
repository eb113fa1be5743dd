import Testing

@testable import HTTP

@Suite("Server-sent events")
struct ServerSentEventsTests {
    typealias Event = ServerSentEvent

    static let streams: [(text: String, events: [Event])] = [
        ("", []),
        ("data: one\n\n", [Event(data: "one")]),
        ("data:one\r\n\r\ndata: two\r\r", [Event(data: "one"), Event(data: "two")]),
        ("data:  two blanks\n\n", [Event(data: " two blanks")]),
        ("data: a\ndata: b\ndata\n\n", [Event(data: "a\nb\n")]),
        ("data:\n\n", [Event(data: "")]),
        ("data\n\n", [Event(data: "")]),
        ("event: delta\ndata: {}\n\n", [Event(type: "delta", data: "{}")]),
        ("event: lonely\n\ndata: x\n\n", [Event(data: "x")]),
        (": ping\n\n:\n\ndata: x\n:inside\n\n", [Event(data: "x")]),
        ("\u{FEFF}data: x\n\n", [Event(data: "x")]),
        ("\u{FEFF}\u{FEFF}data: x\n\n", []),
        ("data: x\n\n\u{FEFF}data: y\n\n", [Event(data: "x")]),
        ("id: 7\ndata: x\n\ndata: y\n\n", [Event(data: "x", id: "7"), Event(data: "y", id: "7")]),
        ("id: 7\u{0}\ndata: x\n\n", [Event(data: "x")]),
        ("retry: 1500\ndata: x\n\n", [Event(data: "x", retry: .milliseconds(1500))]),
        ("retry: 1x\ndata: x\n\n", [Event(data: "x")]),
        ("unknown: 1\ndata: x\nDATA: y\n\n", [Event(data: "x")]),
        ("data: cut", []),
        ("data: cut\n", []),
        ("data: café 🙂\n\n", [Event(data: "café 🙂")]),
        ("data: [DONE]\n\n", [Event(data: "[DONE]")]),
        ("\n\n\ndata: x\n\n\n\n", [Event(data: "x")]),
    ]

    @Test("streams parse the same in one piece, byte by byte and in threes", arguments: streams)
    func parsing(text: String, events: [Event]) throws {
        let bytes = Array(text.utf8)
        for size in [max(1, bytes.count), 1, 3] {
            var parser = ServerSentEvents()
            var found: [Event] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                found += try parser.append(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            #expect(found == events, "in pieces of \(size)")
        }
    }

    @Test("bytes that are not UTF-8 are replaced")
    func invalidBytes() throws {
        var parser = ServerSentEvents()
        let events = try parser.append(Array("data: ".utf8) + [0xFF, 0x0A, 0x0A])
        #expect(events == [Event(data: "\u{FFFD}")])
    }

    @Test(
        "a stream that stops inside an event says so",
        arguments: [
            ("data: x\n\n", false), ("data: x\n", true), ("data: x", true), (": ping\n", false),
            ("", false), ("data: x\n\n: p", true),
        ])
    func unfinished(text: String, isInside: Bool) throws {
        var parser = ServerSentEvents()
        _ = try parser.append(Array(text.utf8))
        #expect(parser.isInsideEvent == isInside)
    }

    @Test("a line beyond its limit throws, however it is cut up")
    func lineLimit() throws {
        var parser = ServerSentEvents(maxLineBytes: 10)
        #expect(try parser.append(Array("data: 1234\n\n".utf8)) == [Event(data: "1234")])
        _ = try parser.append(Array("data: ".utf8))
        #expect(throws: ServerSentEvents.LimitError.line(limit: 10)) {
            try parser.append(Array("12345".utf8))
        }
    }

    @Test("an event beyond its limit throws though each line is short")
    func eventLimit() throws {
        var parser = ServerSentEvents(maxLineBytes: 100, maxEventBytes: 50)
        #expect(throws: ServerSentEvents.LimitError.event(limit: 50)) {
            for _ in 0..<10 { _ = try parser.append(Array("data: 12345678\n".utf8)) }
        }
    }
}
