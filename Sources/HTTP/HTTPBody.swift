/// The pieces of a body in the order they arrive, of any size. Read once, by one task at a time.
///
/// The server is held back while nobody reads. A body that ends early throws `.truncated`; it never
/// just ends. When the response, its body and every iterator are dropped, the transfer is aborted.
public struct HTTPBody: AsyncSequence, Sendable {
    let stream: BodyStream

    /// Reads on where the last reader stopped.
    public func makeAsyncIterator() -> Iterator {
        Iterator(stream: stream)
    }

    /// Reads a body piece by piece.
    public struct Iterator: AsyncIteratorProtocol {
        let stream: BodyStream

        /// The next bytes, at least one; nil at the end. Cancellation aborts the transfer.
        public mutating func next() async throws(HTTPError) -> [UInt8]? {
            try await stream.next()
        }

        /// As `next()`.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(HTTPError) -> [UInt8]? {
            try await stream.next()
        }
    }
}
