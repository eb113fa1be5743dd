/// A response whose body is still arriving.
public struct HTTPStreamingResponse: Sendable {
    /// The status code.
    public let status: Int
    /// The header fields.
    public let headers: HTTPHeaders
    /// The body as it arrives.
    public let body: HTTPBody
}
