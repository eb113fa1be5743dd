/// Settings of a client.
public struct HTTPClientConfiguration: Sendable {
    /// The most connections open at a time, idle ones included; requests beyond it wait.
    public var maxConnections = 16_384
    /// The most connections to one host; nil for no bound of its own. Worth setting for HTTP/2:
    /// when a connection carries as many requests as its server allows (often 100), every further
    /// one opens a connection of its own unless this bound makes it wait.
    public var maxPerHost: Int?
    /// Sent as `User-Agent` unless a request has its own.
    public var userAgent = "agent-worker"
    /// A PEM file with the certificate authorities to trust instead of the system's; nil for the
    /// system's.
    public var certificateAuthorityFile: String?
    /// How much of a streamed body is kept for a slow reader before the transfer is held back.
    public var streamBufferBytes = 64 << 10

    /// The defaults.
    public init() {}
}
