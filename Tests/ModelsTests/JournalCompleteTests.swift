import Journal
import Testing

@testable import Models

@Suite("Calls through the journal")
struct JournalCompleteTests {
    private struct Fixed: ChatModel {
        let provider = "openai"
        var fails = false
        func complete(_ request: ChatRequest) async throws(ModelError) -> ChatReply {
            if fails { throw ModelError(.provider, message: "no", spend: .unknown) }
            return ChatReply(
                message: .assistant("Hi"), finishReason: .stop,
                usage: CallUsage(inputTokens: 10, outputTokens: 2), model: "gpt-4o-2024-08-06",
                provider: provider, responseBytes: 99)
        }
    }

    private let request = ChatRequest(
        model: "gpt-4o", messages: [.user("12345678")], maxOutputTokens: 50)
    private let activity = CallActivity(type: "agent_execution", name: "chat")

    @Test("the intent is recorded before the call and its usage after")
    func order() async throws {
        let journal = MemoryJournal()
        let reply = try await journal.complete(
            request, with: Fixed(), step: "iteration1", activity: activity)
        #expect(reply.message.content == "Hi")
        #expect(
            journal.events.withLock { $0 } == [
                "intent openai gpt-4o iteration1 2 50", "outcome gpt-4o-2024-08-06 12",
            ])
    }

    @Test("a model's error reaches the caller as it is")
    func failure() async {
        let error = await #expect(throws: ModelError.self) {
            try await MemoryJournal().complete(
                request, with: Fixed(fails: true), step: "s", activity: activity)
        }
        #expect(error?.spend == .unknown)
    }
}
