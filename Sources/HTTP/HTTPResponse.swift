/// A complete response: the body ended where the server said it would.
///
/// A body whose end the server marks only by closing the connection (HTTP/1.0 style, neither length
/// nor chunks) can't be told from a cut one; check its contents.
public struct HTTPResponse: Sendable {
    /// The status code.
    public var status: Int
    /// The header fields.
    public var headers: HTTPHeaders
    /// The body as sent, not decompressed.
    public var body: [UInt8]
    /// From the call to the last byte.
    public var duration: Duration

    /// A response, for tests of callers.
    public init(status: Int, headers: HTTPHeaders, body: [UInt8], duration: Duration) {
        self.status = status
        self.headers = headers
        self.body = body
        self.duration = duration
    }
}
