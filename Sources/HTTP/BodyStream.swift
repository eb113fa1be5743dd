/// Holds a streamed transfer for its reader: when the last reference goes, the transfer goes.
final class BodyStream: Sendable {
    private let transfer: Transfer
    private let engine: CurlEngine
    /// Kept so that a client dropped early doesn't shut down under the reader.
    private let client: HTTPClient

    init(_ transfer: Transfer, engine: CurlEngine, client: HTTPClient) {
        self.transfer = transfer
        self.engine = engine
        self.client = client
    }

    deinit {
        engine.loop.execute { [engine, transfer] in
            engine.assumeIsolated { $0.end(transfer, .cancelled) }
        }
    }

    func next() async throws(HTTPError) -> [UInt8]? {
        try await engine.chunk(transfer).get()
    }
}
