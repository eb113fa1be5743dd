import AgentKit
import EngineTestSupport
import FoundationEssentials
import JSON
import Journal
import Models
import Synchronization
import Testing
import Tools

@testable import Orchestration

/// What a run went on with is what a later attempt goes on with, though time passes differently in
/// it: else it would ask for something else, and pay for it all again.
@Suite("a history that time does not change")
struct ReplayedHistoryTests {
    /// Two equal steps, both answered, because the first's output had expired by the second.
    @Test("what was not in the cache then is not in it now")
    func cache() async {
        let time = Mutex(Date(timeIntervalSince1970: 1_700_000_000))
        let model = ScriptedModel([.scripted("one"), .scripted("two"), .scripted("sum")])
        let steps: JSONValue = [
            Self.think("a", "Rate", cache: ["key": "k", "ttl": 5]),
            [
                "id": "later", "type": "delay", "duration": 10_000, "dependencies": ["a"],
            ],
            Self.think("b", "Rate", cache: ["key": "k", "ttl": 5], after: ["later"]),
            Self.think("sum", "Sum {{a.decision}} {{b.decision}}", after: ["b"]),
        ]
        let first = Bench(
            model: model,
            clock: Bench.Clock(
                pause: { time.withLock { $0 += 10 } }, now: { time.withLock { $0 } }))
        #expect(await first.run(steps).success)
        #expect(model.requests.count == 3)
        // By now the delay is over, and nothing takes time.
        let next = first.nextAttempt()
        #expect(await next.run(steps).success)
        #expect(model.requests.count == 3)
        #expect(next.journal.diverged.isEmpty)
    }

    @Test("a step whose time was up then, and was gone on without, is not tried again")
    func timeLimit() async {
        let started = Gate()
        let model = ScriptedModel([.scripted("sum"), .scripted("never asked")])
        let steps: JSONValue = [
            OrchestratorFailureTests.call("a", more: ["timeout": 40, "continueOnError": true]),
            Self.think("sum", "Sum {{a.data}}", after: ["a"]),
        ]
        let first = Bench(
            model: model,
            clock: Bench.Clock(alarm: { _ in await started.wait() })
        ) { _, number in
            guard number == 1 else { return .success("in time") }
            started.open()
            try? await Bench.never()
            return .failure("CANCELLED")
        }
        let result = await first.run(steps)
        #expect(result.success && result.steps == StepCounts(completed: 1, failed: 1))
        let next = first.nextAttempt(clock: Bench.Clock())
        let again = await next.run(steps)
        #expect(again.output == result.output && again.steps == result.steps)
        #expect(first.tools.calls.count == 1)
        #expect(model.requests.count == 1)
        #expect(next.journal.diverged.isEmpty)
    }

    private static func think(
        _ id: String, _ prompt: String, cache: JSONValue? = nil, after: JSONValue = []
    ) -> JSONValue {
        var step: JSONObject = [
            "id": .string(id), "type": "llm_decision", "prompt": .string(prompt),
            "dependencies": after,
        ]
        step["cache"] = cache
        return .object(step)
    }
}
