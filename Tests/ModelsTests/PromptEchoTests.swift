import Testing

@testable import Models

@Suite("Quotations of the prompt")
struct PromptEchoTests {
    @Test(
        "sixteen bytes in a row, or a whole short text, are a quotation",
        arguments: [
            ("the quick brown fox jumps", "invalid: 'quick brown fox '", true),
            ("the quick brown fox jumps", "a fox that is brown and quick", false),
            ("secret7", "bad value secret7 given", true), ("hi", "this is fine", false),
            ("", "anything", false), ("größenwahnsinnige Idee", "»größenwahnsinnige«", true),
        ])
    func quoted(prompt: String, message: String, expected: Bool) {
        let request = ChatRequest(model: "m", messages: [.user(prompt)])
        #expect(PromptEcho.isQuoted(request, in: message) == expected)
    }

    @Test("tool arguments of earlier turns count as well")
    func arguments() {
        let call = ToolCallRequest(id: "1", name: "f", arguments: "{\"to\":\"amelia@example.org\"}")
        let request = ChatRequest(model: "m", messages: [.assistant(nil, toolCalls: [call])])
        #expect(PromptEcho.isQuoted(request, in: "cannot parse amelia@example.org here"))
    }
}
