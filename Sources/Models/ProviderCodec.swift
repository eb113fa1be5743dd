import JSON
import Journal

/// A provider's protocol as pure functions; `ProviderConnection` does the talking.
protocol ProviderCodec: Sendable {
    associatedtype Assembly: ReplyAssembly

    /// The provider's name in replies and messages.
    var provider: String { get }

    /// The body of the request.
    func encode(_ request: ChatRequest, delivery: ReplyDelivery) -> JSONValue

    /// Reads a 2xx answer.
    func decode(_ answer: ProviderAnswer) -> Result<ChatReply, ModelError>

    /// An empty assembly for one stream.
    func assembly() -> Assembly
}
