/// Splits a `text/event-stream` body into events as it arrives (HTML Living Standard §9.2).
///
///     var parser = ServerSentEvents()
///     for try await bytes in response.body {
///         for event in try parser.append(bytes) { … }
///     }
///
/// An event without its closing empty line is never returned: a stream that ends inside an event
/// was cut, which `isInsideEvent` tells.
public struct ServerSentEvents: Sendable {
    /// A line or an event outgrew its limit; the stream is not to be trusted further.
    public enum LimitError: Error, Sendable, Hashable {
        /// A line has more than this many bytes.
        case line(limit: Int)
        /// The data of an event has more than this many bytes.
        case event(limit: Int)
    }

    private enum LineEnd {
        case none
        /// The last byte was CR: an LF that follows belongs to it.
        case carriageReturn
    }

    private let maxLineBytes: Int
    private let maxEventBytes: Int
    private var line: [UInt8] = []
    private var lineEnd = LineEnd.none
    private var isFirstLine = true
    private var type = ""
    private var data: [UInt8] = []
    private var hasData = false
    private var lastID: String?
    private var retry: Duration?

    /// A parser for one stream.
    public init(maxLineBytes: Int = 1 << 20, maxEventBytes: Int = 4 << 20) {
        self.maxLineBytes = maxLineBytes
        self.maxEventBytes = maxEventBytes
    }

    /// Whether bytes of an event, or of a line, wait for their end.
    public var isInsideEvent: Bool { hasData || !line.isEmpty }

    /// Takes the next bytes and returns the events they complete.
    public mutating func append(_ bytes: [UInt8]) throws(LimitError) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        var rest = bytes[...]
        if lineEnd == .carriageReturn, let first = rest.first {
            if first == 0x0A { rest = rest.dropFirst() }
            lineEnd = .none
        }
        while let end = rest.firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) {
            try take(rest[..<end])
            if let event = try endLine() { events.append(event) }
            let isReturn = rest[end] == 0x0D
            rest = rest[(end + 1)...]
            guard isReturn else { continue }
            if rest.isEmpty {
                lineEnd = .carriageReturn
            } else if rest.first == 0x0A {
                rest = rest.dropFirst()
            }
        }
        try take(rest)
        return events
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>) throws(LimitError) {
        guard line.count + bytes.count <= maxLineBytes else { throw .line(limit: maxLineBytes) }
        line.append(contentsOf: bytes)
    }

    private mutating func endLine() throws(LimitError) -> ServerSentEvent? {
        var text = line[...]
        defer { line.removeAll(keepingCapacity: true) }
        if isFirstLine {
            isFirstLine = false
            // The byte order mark.
            if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
        }
        guard !text.isEmpty else { return dispatch() }
        let colon = text.firstIndex(of: 0x3A)
        // A leading colon makes a comment, which servers send to keep the connection alive.
        guard colon != text.startIndex else { return nil }
        var value = colon.map { text[($0 + 1)...] } ?? []
        if value.first == 0x20 { value = value.dropFirst() }
        try field(String(decoding: text[..<(colon ?? text.endIndex)], as: UTF8.self), value)
        return nil
    }

    private mutating func field(
        _ name: String, _ value: ArraySlice<UInt8>
    ) throws(LimitError) {
        switch name {
        case "data":
            guard data.count + value.count < maxEventBytes else {
                throw .event(limit: maxEventBytes)
            }
            if hasData { data.append(0x0A) }
            data.append(contentsOf: value)
            hasData = true
        case "event":
            type = String(decoding: value, as: UTF8.self)
        case "id" where !value.contains(0):
            lastID = String(decoding: value, as: UTF8.self)
        case "retry":
            let isNumber = !value.isEmpty && value.allSatisfy { (0x30...0x39).contains($0) }
            if isNumber, let number = Int(String(decoding: value, as: UTF8.self)) {
                retry = .milliseconds(number)
            }
        default:
            break
        }
    }

    private mutating func dispatch() -> ServerSentEvent? {
        defer {
            type = ""
            data = []
            hasData = false
        }
        guard hasData else { return nil }
        return ServerSentEvent(
            type: type.isEmpty ? "message" : type, data: String(decoding: data, as: UTF8.self),
            id: lastID, retry: retry)
    }
}
