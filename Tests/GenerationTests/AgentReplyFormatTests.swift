import JSON
import Testing

@testable import Generation

@Suite("The agent schema for structured output")
struct AgentReplyFormatTests {
    @Test(
        "of the built-in agent schema, every object is closed", arguments: GenerationMode.allCases)
    func builtIn(mode: GenerationMode) throws {
        let schema = try GenerationData.load().schema
        let format = try #require(schema.replyFormat(on: mode))
        #expect(format["properties"]?.objectValue?.keys == schema.writable(on: mode))
        #expect(format["properties"]?["owner"] == nil)
        #expect(format["properties"]?["skills"] == nil)
        let task = format["properties"]?["autonomous"]?["items"]
        #expect(task?["additionalProperties"] == false)
        #expect(task?["required"]?.arrayValue?.count == 7)
    }
}
