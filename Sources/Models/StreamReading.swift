import FoundationEssentials
import HTTP
import JSON
import Journal

/// Reads one stream to its end, or to the point where it breaks off.
struct StreamReading<Codec: ProviderCodec> {
    let codec: Codec
    let response: HTTPStreamingResponse
    let request: ChatRequest
    private var assembly: Codec.Assembly
    private var events = ServerSentEvents()
    private var size = 0

    init(codec: Codec, response: HTTPStreamingResponse, request: ChatRequest) {
        self.codec = codec
        self.response = response
        self.request = request
        assembly = codec.assembly()
    }

    /// Reads on to the end of the body when the reply is whole, which leaves the connection free
    /// for the next call; what goes wrong there is no fault of the reply.
    mutating func run() async throws(ModelError) -> ChatReply {
        var pieces = response.body.makeAsyncIterator()
        do {
            while let piece = try await pieces.next() {
                size += piece.count
                if assembly.state != .finished { try take(piece) }
                if case .failed = assembly.state { break }
            }
            assembly.end()
        } catch let error as HTTPError {
            if assembly.state != .finished {
                var cut = ModelError(error, provider: codec.provider)
                cut.spend = spendSoFar
                cut.rateLimits = answer(assembly.body).rateLimits
                throw cut
            }
        } catch {
            throw broken("an event is too large")
        }
        switch assembly.state {
        case .finished: return try codec.decode(answer(assembly.body)).get()
        case .failed(let body?): throw ModelError(answer(body), spend: spendSoFar)
        case .failed(nil): throw broken("an event is not JSON")
        case .open: throw broken("the stream ended before the reply did")
        }
    }

    private mutating func take(_ piece: [UInt8]) throws {
        for event in try events.append(piece) where assembly.state == .open {
            assembly.take(event)
        }
    }

    private func broken(_ what: String) -> ModelError {
        ModelError(
            .provider, status: response.status, providerCode: "unusable_reply",
            message: "\(codec.provider) gave an unusable reply: \(what)", spend: spendSoFar,
            rateLimits: answer(assembly.body).rateLimits)
    }

    /// What came is charged for. Where nothing came the server may still be at work.
    private var spendSoFar: Spend {
        guard assembly.hasContent, let reply = try? codec.decode(answer(assembly.body)).get() else {
            return .unknown
        }
        return .known(reply.usage)
    }

    private func answer(_ body: JSONValue) -> ProviderAnswer {
        ProviderAnswer(
            provider: codec.provider, status: response.status, headers: response.headers,
            size: size, value: body, request: request, now: Date())
    }
}
