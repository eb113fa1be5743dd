import AgentKit
import JSON
import Journal
import Models
import Testing
import Tools

@Suite("journalled values")
struct JournalledValueTests {
    /// Through text, as through the database.
    private func roundTrip<Value: Journalled>(_ value: Value) throws -> Value {
        try Value(journalled: JSONValue(parsing: value.journalled.storable().serialized))
    }

    static let replySamples: [ChatReply] = {
        let usage = CallUsage(
            inputTokens: 10, outputTokens: 5, cachedTokens: 4, cacheWriteTokens: 3,
            cacheWrite1hTokens: 1, reasoningTokens: 2, totalTokens: 16, isEstimate: true,
            serviceTier: "flex", raw: ["prompt_tokens": 10])
        var asking = ChatMessage.assistant(
            nil, toolCalls: [ToolCallRequest(id: "c1", name: "a__b", arguments: "{\"z\": 1.0}")])
        asking.refusal = "no"
        return [
            ChatReply(
                message: .assistant("Hi\n\u{1F600}"), finishReason: .stop, usage: usage,
                model: "m", provider: "p", responseBytes: 7, requestID: "r"),
            ChatReply(
                message: asking, finishReason: .toolCalls, usage: usage, model: "m", provider: "p"),
        ]
            + [FinishReason.length, .contentFilter, .other(""), .other("pause_turn")].map {
                ChatReply(
                    message: .assistant(""), finishReason: $0, usage: usage, model: "m",
                    provider: "p")
            }
    }()

    @Test("a reply comes back as it was", arguments: replySamples)
    func replies(reply: ChatReply) throws {
        #expect(try roundTrip(reply) == reply)
    }

    @Test("usage of a version that knew no cache writes is read")
    func olderUsage() throws {
        let older: JSONValue = [
            "input": 10, "output": 5, "cached": 4, "reasoning": 2, "total": 15,
            "is_estimate": false,
        ]
        #expect(
            try CallUsage(journalled: older)
                == CallUsage(
                    inputTokens: 10, outputTokens: 5, cachedTokens: 4, reasoningTokens: 2))
    }

    static let resultSamples = [
        ToolResult(
            success: true, data: ["z": [1, 2.50], "a": nil], message: "done", itemsReturned: 2,
            duration: .microseconds(1500)),
        ToolResult.failure(
            ToolError(
                code: "RATE_LIMIT", status: 429, message: "m", detail: "d", isRetryable: true,
                retryAfter: .milliseconds(1500), isOutcomeUnknown: true, failureClass: .timeout),
            duration: .milliseconds(3)),
    ]

    @Test(
        "a tool's result comes back as it was, order of members included", arguments: resultSamples)
    func results(result: ToolResult) throws {
        let back = try roundTrip(result)
        #expect(back == result)
        #expect(back.data.serialized == result.data.serialized)
    }

    @Test("what is something else is refused")
    func wrong() {
        #expect(throws: (any Error).self) { try ChatReply(journalled: ["content": "x"]) }
        #expect(throws: (any Error).self) { try ToolResult(journalled: "x") }
        #expect(throws: (any Error).self) { try String(journalled: 1) }
    }
}
