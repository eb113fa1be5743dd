import JSON
import Journal
import Synchronization
import Testing

@testable import Models

@Suite("Calls that outlive their worker")
struct ResumableChatModelTests {
    /// Stands as it is told to, question by question; the last instruction stays.
    private final class Scripted: ResumableChatModel {
        let provider = "openai"
        let polling = PollingInterval(first: .milliseconds(1), longest: .milliseconds(1))
        private let script: Mutex<[Result<SubmittedCall, ModelError>]>
        let log = Mutex<[String]>([])

        init(_ script: [Result<SubmittedCall, ModelError>]) { self.script = Mutex(script) }

        func submit(_ request: ChatRequest) async throws(ModelError) -> String {
            log.withLock { log in
                let id = "resp_\(log.count { $0.hasPrefix("submit") } + 1)"
                log.append("submit \(id)")
                return id
            }
        }

        func poll(
            _ id: String, for request: ChatRequest
        ) async throws(ModelError) -> SubmittedCall {
            log.withLock { $0.append("poll \(id)") }
            return try script.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }.get()
        }

        func cancel(_ id: String) async { log.withLock { $0.append("cancel \(id)") } }
    }

    private static let reply = ChatReply(
        message: .assistant("Hi"), finishReason: .stop,
        usage: CallUsage(inputTokens: 3, outputTokens: 1), model: "m-2026", provider: "openai")
    private static let outage = ModelError(.provider, status: 503, message: "down", spend: .none)
    private static let expired = ModelError(
        .provider, status: 404, providerCode: "response_expired", message: "gone", spend: .unknown)

    private func ask(_ model: Scripted, _ journal: MemoryJournal) async throws -> ChatReply {
        let request = ChatRequest(model: "m", messages: [.user("Hi")], timeout: .seconds(20))
        return try await journal.reply(to: request, from: model, step: "try1").reply
    }

    @Test("waits through pending answers and faults of the line")
    func wait() async throws {
        let model = Scripted([
            .success(.pending), .failure(Self.outage), .success(.pending),
            .success(.finished(Self.reply)),
        ])
        #expect(try await ask(model, MemoryJournal()) == Self.reply)
        #expect(
            model.log.withLock { $0 }
                == ["submit resp_1"] + Array(repeating: "poll resp_1", count: 4))
    }

    @Test("a later attempt waits for the call that an earlier one submitted")
    func resume() async throws {
        let journal = MemoryJournal()
        let dying = Scripted([
            .failure(ModelError(.shutdown, message: "the worker stops", spend: .unknown))
        ])
        await #expect(throws: ModelError.self) { try await ask(dying, journal) }
        let model = Scripted([.success(.finished(Self.reply))])
        #expect(try await ask(model, journal) == Self.reply)
        #expect(model.log.withLock { $0 } == ["poll resp_1"])
    }

    @Test("an expired call is made anew, once an attempt")
    func expired() async throws {
        let journal = MemoryJournal()
        let first = Scripted([.success(.failed(Self.expired))])
        let error = await #expect(throws: ModelError.self) { try await ask(first, journal) }
        #expect(error?.providerCode == "response_expired")
        #expect(first.log.withLock { $0 } == ["submit resp_1", "poll resp_1"])
        let second = Scripted([.success(.failed(Self.expired)), .success(.finished(Self.reply))])
        #expect(try await ask(second, journal) == Self.reply)
        #expect(second.log.withLock { $0 } == ["poll resp_1", "submit resp_1", "poll resp_1"])
    }

    @Test("a call that is overdue is cancelled at the provider, its price unknown")
    func overdue() async throws {
        let model = Scripted([.success(.pending)])
        let request = ChatRequest(model: "m", messages: [], timeout: .milliseconds(20))
        let error = await #expect(throws: ModelError.self) { try await model.complete(request) }
        #expect(error?.failureClass == .timeout && error?.providerCode == "poll_deadline")
        #expect(error?.spend == .unknown)
        #expect(model.log.withLock { $0.last } == "cancel resp_1")
    }

    @Test("a refused key ends the wait, and so does the job's cancellation, without a cancel")
    func ends() async throws {
        let refused = Scripted([
            .failure(ModelError(.quota, status: 401, message: "no", spend: .none))
        ])
        let error = await #expect(throws: ModelError.self) {
            try await ask(refused, MemoryJournal())
        }
        #expect(error?.failureClass == .quota)
        let model = Scripted([.success(.pending)])
        let task = Task { try await ask(model, MemoryJournal()) }
        task.cancel()
        let result = await task.result
        #expect(throws: ModelError.self) { try result.get() }
        #expect(!model.log.withLock { $0 }.contains { $0.hasPrefix("cancel") })
    }

    @Test("the pauses grow by half up to the longest")
    func pauses() {
        let polling = PollingInterval(first: .seconds(1), longest: .seconds(2))
        #expect(polling.next(after: nil) == .seconds(1))
        #expect(polling.next(after: .seconds(1)) == .milliseconds(1500))
        #expect(polling.next(after: .milliseconds(1500)) == .seconds(2))
    }

    @Test("other models are just asked")
    func plain() async throws {
        struct Plain: ChatModel {
            let provider = "x"
            func complete(_ request: ChatRequest) async throws(ModelError) -> ChatReply {
                ResumableChatModelTests.reply
            }
        }
        let journal = MemoryJournal()
        _ = try await journal.reply(
            to: ChatRequest(model: "m", messages: []), from: Plain(), step: "try1")
        #expect(journal.events.withLock { $0.isEmpty })
    }
}
