import HTTP
import HTTPTestSupport
import Models
import Testing

/// A provider under the conformance suite: how to make it, and how its server speaks.
struct ConformingProvider: Sendable, CustomTestStringConvertible {
    /// The key every provider is given; it may show up nowhere.
    static let key = "sk-proj-canary0123456789Abcdef"

    /// The provider's name in replies.
    var name: String
    /// What tells it from others of that name.
    var mode = ""
    /// How many requests a call that succeeds makes.
    var requestsOfReply = 1
    /// Makes the provider for a server at this address.
    var make: @Sendable (_ baseURL: String, _ http: HTTPClient) -> any ChatModel
    /// The server's answer to a request, in the provider's own words.
    var answer: @Sendable (ModelScenario, CannedRequest) -> CannedAnswer

    var testDescription: String { mode.isEmpty ? name : "\(name), \(mode)" }

    static let all: [ConformingProvider] = [
        .openAI, .openAIStream, .azure, .responses, .responsesStream, .responsesInBackground,
        .anthropic, .anthropicStream,
    ]

    /// Those that read the reply as it is written.
    static let streaming: [ConformingProvider] = [
        .openAIStream, .responsesStream, .anthropicStream,
    ]
}
