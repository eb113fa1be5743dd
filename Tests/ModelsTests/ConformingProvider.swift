import HTTP
import HTTPTestSupport
import Models
import Testing

/// A provider under the conformance suite: how to make it, and how its server speaks.
struct ConformingProvider: Sendable, CustomTestStringConvertible {
    /// The key every provider is given; it may show up nowhere.
    static let key = "sk-proj-canary0123456789Abcdef"

    var name: String
    /// Makes the provider for a server at this address.
    var make: @Sendable (_ baseURL: String, _ http: HTTPClient) -> any ChatModel
    /// The server's answer in the provider's own words.
    var answer: @Sendable (ModelScenario) -> CannedAnswer

    var testDescription: String { name }

    static let all: [ConformingProvider] = [.openAI]
}
