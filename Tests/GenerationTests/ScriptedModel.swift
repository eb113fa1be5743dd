import JSON
import Journal
import Models
import Synchronization

/// A provider that gives the scripted answers in order and keeps what it was asked.
final class ScriptedModel: ChatModel {
    enum Answer: Sendable {
        case text(String)
        case object(JSONValue)
        case reply(ChatMessage, FinishReason)
        case error(ModelError)
    }

    let provider = "openai"
    private let state: Mutex<(answers: [Answer], requests: [ChatRequest])>

    init(_ answers: [Answer]) {
        state = Mutex((answers, []))
    }

    var requests: [ChatRequest] { state.withLock { $0.requests } }

    func complete(_ request: ChatRequest) async throws(ModelError) -> ChatReply {
        let answer = state.withLock { state in
            state.requests.append(request)
            return state.answers.isEmpty ? nil : state.answers.removeFirst()
        }
        switch answer {
        case .text(let text): return reply(.assistant(text), .stop, request)
        case .object(let object): return reply(.assistant(object.serialized), .stop, request)
        case .reply(let message, let reason): return reply(message, reason, request)
        case .error(let error): throw error
        case nil:
            throw ModelError(.transport, message: "the script has no more answers", spend: .none)
        }
    }

    private func reply(
        _ message: ChatMessage, _ reason: FinishReason, _ request: ChatRequest
    ) -> ChatReply {
        ChatReply(
            message: message, finishReason: reason,
            usage: CallUsage(inputTokens: 100, outputTokens: 20),
            model: request.model + "-2026-01-01", provider: provider)
    }
}
