import FoundationEssentials
import HTTP
import JSON
import Journal

extension ProviderConnection {
    /// A server that refuses the call, or does not know streaming, answers in one piece.
    @inline(never)
    func stream(
        _ codec: some ProviderCodec, url: String, body: JSONValue, for request: ChatRequest
    ) async throws(ModelError) -> ChatReply {
        var message = try httpRequest(
            "POST", url, body, timeout: request.timeout, accept: "text/event-stream")
        // Each token comes in an event of some 300 bytes, none of which is kept.
        message.maxBodyBytes = Self.maxStreamBytes
        let response: HTTPStreamingResponse
        do {
            response = try await http.stream(message)
        } catch {
            throw ModelError(error, provider: provider)
        }
        let type = response.headers["Content-Type"]?.lowercased() ?? ""
        guard (200..<300).contains(response.status), type.hasPrefix("text/event-stream") else {
            let answer = try await collect(response, for: request)
            return try Self.reply(codec, answer)
        }
        var reading = StreamReading(codec: codec, response: response, request: request)
        return try await reading.run()
    }

    private static let maxStreamBytes = 128 << 20
    private static let maxWholeBytes = 8 << 20

    private func collect(
        _ response: HTTPStreamingResponse, for request: ChatRequest
    ) async throws(ModelError) -> ProviderAnswer {
        var bytes: [UInt8] = []
        var pieces = response.body.makeAsyncIterator()
        do {
            while bytes.count <= Self.maxWholeBytes, let piece = try await pieces.next() {
                bytes += piece
            }
        } catch {
            throw ModelError(error, provider: provider)
        }
        if bytes.count > Self.maxWholeBytes {
            throw ModelError(
                .provider, status: response.status, providerCode: "bodyTooLarge",
                message: "\(provider): the body of the answer is too large", spend: .unknown)
        }
        return ProviderAnswer(
            provider: provider, status: response.status, headers: response.headers, body: bytes,
            request: request)
    }
}
