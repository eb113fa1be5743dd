/// What a `CannedServer` does with a request.
public enum CannedAnswer: Sendable {
    /// Sends these bytes and closes.
    case bytes([UInt8])
    /// Resets the connection without a byte.
    case reset
    /// Keeps the connection open and says nothing.
    case hang

    /// A whole response.
    public static func response(
        status: Int = 200, headers: [(String, String)] = [("Content-Type", "application/json")],
        _ body: String
    ) -> CannedAnswer {
        head(status, headers: headers, length: body.utf8.count, body)
    }

    /// A response cut in the middle of its body.
    public static func truncated(_ body: String) -> CannedAnswer {
        head(
            200, headers: [("Content-Type", "application/json")], length: body.utf8.count * 2, body)
    }

    private static func head(
        _ status: Int, headers: [(String, String)], length: Int, _ body: String
    ) -> CannedAnswer {
        var text = "HTTP/1.1 \(status) Canned\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        text += "Content-Length: \(length)\r\nConnection: close\r\n\r\n"
        return .bytes(Array((text + body).utf8))
    }
}
