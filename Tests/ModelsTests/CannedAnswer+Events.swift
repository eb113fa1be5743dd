import HTTPTestSupport

extension CannedAnswer {
    /// A whole stream of server-sent events with these data.
    static func events(_ data: [String]) -> CannedAnswer {
        .response(headers: eventStream, text(data))
    }

    /// A stream that breaks off after these events, where more was announced.
    static func cutEvents(_ data: [String]) -> CannedAnswer {
        let body = text(data)
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            + "Content-Length: \(body.utf8.count + 100)\r\nConnection: close\r\n\r\n"
        return .bytes(Array((head + body).utf8))
    }

    private static let eventStream = [("Content-Type", "text/event-stream; charset=utf-8")]

    private static func text(_ data: [String]) -> String {
        data.map { "data: \($0.split(whereSeparator: \.isNewline).joined())\n\n" }.joined()
    }
}
