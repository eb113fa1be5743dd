/// One request. Redirects are never followed, a proxy in the environment is never used, and bodies
/// arrive as they were sent (no decompression).
public struct HTTPRequest: Sendable {
    /// The method, e.g. `GET`; sent as written.
    public var method: String
    /// An absolute `http` or `https` URL.
    public var url: String
    /// Fields to send. `Host`, `User-Agent` and `Accept` have defaults; the message framing
    /// (`Content-Length`, `Transfer-Encoding`, `Connection`, `Expect`) is the client's and may not
    /// be given.
    public var headers: HTTPHeaders
    /// The body, or nil for none. A request with a body is never sent a second time by the client.
    public var body: [UInt8]?

    /// Limit for name resolution, TCP and TLS together.
    public var connectTimeout: Duration = .seconds(10)
    /// Limit for a silence: no byte sent or received for so long once connected. Does not run while
    /// the reader of a stream holds the transfer back.
    public var idleTimeout: Duration = .seconds(60)
    /// Limit for everything from the call to the last byte of the body, waiting for a free
    /// connection included.
    public var totalTimeout: Duration = .seconds(600)
    /// The largest body accepted, counted as it arrives.
    public var maxBodyBytes = 8 << 20
    /// The largest sum of response header lines accepted, interim responses and trailers included.
    /// libcurl itself takes at most 100 KB a line and 300 KB in all.
    public var maxHeaderBytes = 64 << 10
    /// Which addresses may be connected to.
    public var addressPolicy: AddressPolicy = .any

    /// A request with the default limits.
    public init(method: String, url: String, headers: HTTPHeaders = [:], body: [UInt8]? = nil) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}
