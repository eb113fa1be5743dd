import Journal
import Models
import Synchronization

/// A chat model that answers as a test tells it to, and keeps what it was asked.
public final class ScriptedModel: ChatModel {
    public typealias Script = @Sendable (ChatRequest, Int) async throws(ModelError) -> ChatReply

    public let provider: String
    private let script: Script
    private let asked = Mutex<[ChatRequest]>([])

    /// `script` gets the request and its number, counted from 1.
    public init(provider: String = "openai", _ script: @escaping Script) {
        self.provider = provider
        self.script = script
    }

    /// Answers with these replies in order, the last one again and again.
    public convenience init(_ replies: [ChatReply]) {
        self.init { _, number in replies[min(number, replies.count) - 1] }
    }

    public var requests: [ChatRequest] { asked.withLock { $0 } }

    public func complete(_ request: ChatRequest) async throws(ModelError) -> ChatReply {
        let number = asked.withLock { asked in
            asked.append(request)
            return asked.count
        }
        return try await script(request, number)
    }
}
