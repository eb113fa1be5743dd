import JSON

/// A reply taken apart: what the stub sent, not what a client would make of it.
struct RawReply {
    let status: Int
    /// Names in lower case.
    let headers: [String: String]
    /// The bytes after the head, chunk sizes and all.
    let rawBody: [UInt8]

    /// Takes the bytes of a connection apart; nil without a whole head.
    init?(_ bytes: [UInt8]) {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
        let lines = head.split(separator: "\r\n")
        guard let first = lines.first?.split(separator: " "), first.count >= 2,
            let status = Int(first[1])
        else { return nil }
        self.status = status
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let sides = line.split(separator: ":", maxSplits: 1)
            headers[sides[0].lowercased()] = sides.count > 1 ? String(sides[1].dropFirst()) : ""
        }
        self.headers = headers
        rawBody = Array(bytes[end.upperBound...])
    }

    /// The announced length.
    var length: Int? { headers["content-length"].flatMap { Int($0) } }

    /// The chunks of a chunked body, the last, empty one included if it came.
    var chunks: [[UInt8]] {
        var chunks: [[UInt8]] = []
        var rest = rawBody[...]
        while let line = rest.firstRange(of: Array("\r\n".utf8)),
            let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16)
        {
            chunks.append(Array(rest[line.upperBound...].prefix(size)))
            rest = rest[line.upperBound...].dropFirst(size + 2)
        }
        return chunks
    }

    /// The body without its framing.
    var body: [UInt8] { length == nil ? Array(chunks.joined()) : rawBody }

    /// The body as text; what is not UTF-8 becomes U+FFFD.
    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON; null when it is none.
    var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }

    /// The text of the first choice's message.
    var content: String? { message?["content"]?.stringValue }

    /// The first choice's message.
    var message: JSONValue? { json["choices"]?[0]?["message"] }

    /// The data of each server-sent event.
    var events: [String] {
        text.split(separator: "\n\n").map { String($0.dropFirst("data: ".count)) }
    }
}
