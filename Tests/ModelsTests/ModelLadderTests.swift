import JSON
import Journal
import Synchronization
import Testing

@testable import Models

@Suite("The ladder of models")
struct ModelLadderTests {
    /// Answers or fails as it is told to, call by call; the last instruction stays.
    private final class Scripted: ChatModel {
        let provider: String
        private let script: Mutex<[FailureClass?]>
        let calls = Mutex(0)

        init(_ provider: String, _ script: [FailureClass?]) {
            self.provider = provider
            self.script = Mutex(script)
        }

        func complete(_ request: ChatRequest) async throws(ModelError) -> ChatReply {
            calls.withLock { $0 += 1 }
            let failure = script.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
            if let failure {
                throw ModelError(failure, message: "\(provider) fails", spend: .none)
            }
            return ChatReply(
                message: .assistant("from \(provider)"), finishReason: .stop,
                usage: CallUsage(inputTokens: 1, outputTokens: 1), model: request.model,
                provider: provider)
        }
    }

    private let activity = CallActivity(type: "agent_execution", name: "chat")

    private func ladder(_ models: [Scripted], _ policy: FallbackPolicy = .standard) -> ModelLadder {
        let resolved = models.map {
            ModelCatalog.Resolved(model: $0, name: "\($0.provider)-model")
        }
        return ModelLadder(resolved[0], fallbacks: Array(resolved.dropFirst()), policy: policy)
    }

    private func ask(
        _ ladder: ModelLadder, _ journal: MemoryJournal = MemoryJournal()
    ) async throws -> ChatReply {
        try await journal.complete(
            ChatRequest(model: "ignored", messages: [.user("Hi")]), on: ladder, step: "try1",
            activity: activity)
    }

    @Test(
        "goes on where another model can help and only there",
        arguments: [
            (FailureClass.provider, true), (.transport, true), (.rateLimited, true),
            (.contextLength, true), (.contentPolicy, false), (.invalidPayload, false),
            (.quota, false), (.timeout, false), (.cancelled, false), (.shutdown, false),
        ])
    func classes(failure: FailureClass, leadsOn: Bool) async throws {
        let first = Scripted("a", [failure])
        let second = Scripted("b", [nil])
        let reply = try? await ask(ladder([first, second]))
        #expect((reply?.provider == "b") == leadsOn)
        #expect(second.calls.withLock { $0 } == (leadsOn ? 1 : 0))
        #expect(reply == nil || reply?.model == "b-model")
    }

    @Test("no policy leads on from a refused content or request")
    func never() {
        let greedy = FallbackPolicy(Set(FailureClass.allCases))
        let refused: [FailureClass] = [
            .contentPolicy, .invalidPayload, .validation, .cancelled, .shutdown, .tool, .crash,
        ]
        for failure in refused { #expect(!greedy.leadsOn(failure)) }
        #expect(greedy.leadsOn(.quota) && greedy.leadsOn(.timeout))
        #expect(!FallbackPolicy.never.leadsOn(.provider))
    }

    @Test("each try has its own intent and outcome")
    func recorded() async throws {
        let journal = MemoryJournal()
        _ = try await ask(ladder([Scripted("a", [.provider]), Scripted("b", [nil])]), journal)
        #expect(
            journal.events.withLock { $0 } == [
                "intent a a-model try1 1 -1", "failed provider", "step try1.verdict",
                "intent b b-model try1.model2 1 -1", "outcome b-model 2",
                "step try1.model2.verdict",
            ])
    }

    @Test("a later attempt repeats neither a failed try nor an answered one")
    func resumed() async throws {
        let journal = MemoryJournal()
        let models = [Scripted("a", [.rateLimited]), Scripted("b", [nil])]
        journal.diesAt.withLock { $0 = "try1.model2" }
        await #expect(throws: MemoryJournal.Death.self) { try await ask(ladder(models), journal) }
        // The reply to the second try was lost with the worker, the first try's end was not.
        #expect(try await ask(ladder(models), journal).provider == "b")
        #expect(models.map { $0.calls.withLock { $0 } } == [1, 2])
        #expect(try await ask(ladder(models), journal).provider == "b")
        #expect(models.map { $0.calls.withLock { $0 } } == [1, 2])
    }

    @Test("a death between the reply and the verdict costs no second call")
    func verdictLost() async throws {
        let journal = MemoryJournal()
        let models = [Scripted("a", [nil]), Scripted("b", [nil])]
        journal.diesAt.withLock { $0 = "try1.verdict" }
        await #expect(throws: MemoryJournal.Death.self) { try await ask(ladder(models), journal) }
        #expect(try await ask(ladder(models), journal).provider == "a")
        #expect(models.map { $0.calls.withLock { $0 } } == [1, 0])
    }

    @Test("when all have failed, the next attempt begins anew")
    func exhausted() async throws {
        let journal = MemoryJournal()
        let models = [Scripted("a", [.rateLimited, nil]), Scripted("b", [.contextLength])]
        let error = await #expect(throws: ModelError.self) {
            try await ask(ladder(models), journal)
        }
        // The failure that time may mend, not the last one, which it never will.
        #expect(error?.failureClass == .rateLimited)
        #expect(try await ask(ladder(models), journal).provider == "a")
        #expect(models.map { $0.calls.withLock { $0 } } == [2, 1])
    }

    @Test("a ladder of one is a plain call, and no candidate stands on it twice")
    func single() async throws {
        let journal = MemoryJournal()
        let model = Scripted("a", [nil])
        let resolved = ModelCatalog.Resolved(model: model, name: "a-model")
        let ladder = ModelLadder(resolved, fallbacks: [resolved])
        #expect(ladder.candidates.count == 1)
        _ = try await ask(ladder, journal)
        #expect(
            journal.events.withLock { $0 } == ["intent a a-model try1 1 -1", "outcome a-model 2"])
    }
}
