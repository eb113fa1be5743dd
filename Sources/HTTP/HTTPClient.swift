import EventLoop

/// An HTTP client: thousands of requests in flight on one event loop, connections reused, HTTP/2
/// where a TLS server offers it.
///
/// Requests to hosts of different trust (providers; whatever users name) belong on clients of their
/// own, which share no connections.
public final class HTTPClient: Sendable {
    private let engine: CurlEngine

    /// A client on `loop`, which may serve others too.
    public init(loop: EventLoop, configuration: HTTPClientConfiguration = .init()) {
        engine = CurlEngine(loop: loop, configuration: configuration)
    }

    deinit {
        // libcurl's handles are freed on the loop they lived on.
        engine.loop.execute { [engine] in engine.assumeIsolated { $0.close() } }
    }

    /// Sends a request and collects the whole response. Cancelling the calling task aborts the
    /// transfer at once.
    public func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let transfer = try transfer(request, streamBuffer: nil)
        return try await engine.response(transfer).get()
    }

    /// Sends a request and returns once the response's header section is complete; the body is
    /// read from the returned value. Dropping that value aborts the transfer.
    public func stream(_ request: HTTPRequest) async throws(HTTPError) -> HTTPStreamingResponse {
        let buffer = max(1, engine.configuration.streamBufferBytes)
        let transfer = try transfer(request, streamBuffer: buffer)
        // Made before the first suspension, so that every way out ends the transfer.
        let stream = BodyStream(transfer, engine: engine, client: self)
        let head = try await engine.head(transfer).get()
        return HTTPStreamingResponse(
            status: head.status, headers: head.headers, body: HTTPBody(stream: stream))
    }

    /// Ends every request in flight with `.shutdown` and closes all connections; later requests
    /// fail with `.shutdown` too.
    public func shutdown() async {
        await engine.close()
    }

    private func transfer(
        _ request: HTTPRequest, streamBuffer: Int?
    ) throws(HTTPError) -> Transfer {
        guard let url = RequestURL(request.url) else {
            throw HTTPError(
                code: .invalidURL, message: "not an absolute http or https URL",
                mayHaveBeenSent: false)
        }
        if let fault = request.fault {
            throw HTTPError(
                code: .protocolError, message: "\(url.redacted): \(fault)", mayHaveBeenSent: false)
        }
        return Transfer(
            request, url: url, streamBuffer: streamBuffer, loop: engine.loop
        ) { [weak engine] transfer, deadline in
            engine?.assumeIsolated { $0.end(transfer, .deadline(deadline)) }
        }
    }
}
