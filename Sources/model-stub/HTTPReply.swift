import JSON

/// A reply before it is turned into bytes.
struct HTTPReply {
    /// How the body's end is announced.
    enum Framing {
        /// `Content-Length`
        case length(Int)
        /// `Transfer-Encoding: chunked`
        case chunked
    }

    /// The status code.
    var status: Int
    /// Header lines beside those of the framing and the connection.
    var headers: [(String, String)]
    /// The body; a stream sends each piece by itself.
    var pieces: [[UInt8]]
    /// Sends the pieces as chunks, one by one.
    var streams = false
    /// Time before the first byte.
    var latency = Duration.zero
    /// Leaves the connection open for the next request.
    var keepsAlive = true

    init(status: Int, contentType: String, body: [UInt8]) {
        self.status = status
        self.headers = [("content-type", contentType)]
        self.pieces = [body]
    }

    init(status: Int = 200, json: JSONValue) {
        self.init(status: status, contentType: "application/json", body: json.serializedBytes)
    }

    /// The whole body.
    var body: [UInt8] { pieces.count == 1 ? pieces[0] : Array(pieces.joined()) }

    /// The status line and the headers, up to the empty line.
    func headBytes(framing: Framing) -> [UInt8] {
        var text = "HTTP/1.1 \(status) \(Self.reason(of: status))\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        switch framing {
        case .length(let count) where status != 204 && status != 304:
            text += "content-length: \(count)\r\n"
        case .chunked: text += "transfer-encoding: chunked\r\n"
        default: break
        }
        text += "connection: \(keepsAlive ? "keep-alive" : "close")\r\n\r\n"
        return Array(text.utf8)
    }

    /// One chunk of a chunked body (RFC 9112 §7.1); nothing for no bytes, since an empty chunk
    /// would end the body.
    static func chunk(_ bytes: [UInt8]) -> [UInt8] {
        if bytes.isEmpty { return [] }
        return Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
    }

    /// The end of a chunked body.
    static let lastChunk = Array("0\r\n\r\n".utf8)

    private static func reason(of status: Int) -> String {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 204: "No Content"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 413: "Content Too Large"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 529: "Overloaded"
        default: "Status"
        }
    }
}
