import AgentKit
import EngineTestSupport
import JSON
import Journal
import Models
import Testing
import Tools

@testable import Orchestration

@Suite("a run that goes on where it was")
struct ReplayTests {
    static let steps: JSONValue = [
        [
            "id": "list", "type": "action", "plugin": "helpdesk", "action": "list_open",
        ],
        [
            "id": "each", "type": "loop", "iterateOver": "{{list.tickets}}",
            "dependencies": ["list"],
            "loopSteps": [
                ["id": "think", "type": "llm_decision", "prompt": "Think about {{item}}"],
                OrchestratorFailureTests.call(
                    "note", after: ["think"], more: ["params": ["t": "{{item}}"]]),
            ],
        ],
        [
            "id": "flaky", "type": "action", "plugin": "mail", "action": "send",
            "dependencies": ["each"], "params": ["flaky": true],
        ],
        [
            "id": "sum", "type": "ai_processing", "prompt": "Sum {{flaky.data}}",
            "dependencies": ["flaky"],
        ],
    ]

    /// Ten calls: four of the model, one of which is in the second iteration of the last step, and
    /// six of tools, one of which fails at first.
    static func bench() -> Bench {
        let model = ScriptedModel { request, _ throws(ModelError) in
            let isSum = request.messages[1].content?.hasPrefix("Sum") == true
            if isSum, request.messages.count == 2 {
                return .asking(("helpdesk__list_open", #"{"sum":1}"#))
            }
            return .scripted("text")
        }
        return Bench(model: model, effect: .once) { call, _ in
            if call.arguments["flaky"] == true { return .success("sent") }
            return .success(["tickets": ["t1", "t2"]], items: 2)
        }
    }

    @Test("whichever commit was the last, no call is made twice, and the records are the same")
    func everyBoundary() async {
        let whole = Self.bench()
        let expected = await whole.run(Self.steps)
        #expect(expected.success)
        #expect(whole.model.requests.count == 4)
        #expect(whole.tools.calls.count == 5)
        for commits in 0...16 {
            let bench = Self.bench()
            let cut = await bench.run(
                Self.steps, journal: DyingJournal(bench.journal, commits: commits))
            let next = bench.nextAttempt()
            let result = await next.run(Self.steps)
            #expect(
                result.success, "after \(commits) commits: \(result.failure?.description ?? "")")
            #expect(bench.model.requests.count == 4, "after \(commits) commits")
            #expect(bench.tools.calls.count == 5, "after \(commits) commits")
            #expect(result.output == expected.output)
            #expect(result.toolCalls == expected.toolCalls)
            #expect(result.iterations == expected.iterations)
            #expect(result.workflow == expected.workflow)
            #expect(next.journal.diverged.isEmpty)
            if commits == 16 { #expect(cut.success) }
        }
    }

    @Test("a retry that helped is not begun again, and counts")
    func retried() async {
        let bench = Bench(effect: .once) { call, number in
            if number == 1 { return .failure("RATE_LIMIT", status: 429, isRetryable: true) }
            return call.arguments["id"] == "b" && number == 3
                ? .failure("NOT_FOUND") : .success([])
        }
        let steps: JSONValue = [
            OrchestratorFailureTests.call("a"), OrchestratorFailureTests.call("b", after: ["a"]),
        ]
        #expect(await !bench.run(steps).success)
        #expect(bench.slept == [.seconds(1)])
        let next = bench.nextAttempt()
        let result = await next.run(steps)
        #expect(result.success)
        #expect(next.journal.replayed == ["a", "a#2"])
        #expect(next.slept.isEmpty)
        #expect(result.stepRetries == 1)
        #expect(result.toolCalls.map(\.success) == [false, true, true])
        #expect(Set(bench.tools.calls.map(\.idempotencyKey)).count == 2)
    }

    @Test("a failure the run went on after stays one, so that what follows is the same")
    func tolerated() async {
        let bench = Bench { call, number in
            number == 1 || number == 3 ? .failure("NOT_FOUND") : .success([])
        }
        let steps: JSONValue = [
            OrchestratorFailureTests.call("a", more: ["continueOnError": true]),
            OrchestratorFailureTests.call(
                "b", after: ["a"], more: ["params": ["ok": "{{a.metadata.success}}"]]),
            OrchestratorFailureTests.call("c", after: ["b"]),
        ]
        #expect(await !bench.run(steps).success)
        let next = bench.nextAttempt()
        let result = await next.run(steps)
        #expect(result.success)
        #expect(result.steps == StepCounts(completed: 2, failed: 1, skipped: 0))
        #expect(next.journal.diverged.isEmpty)
        #expect(bench.tools.calls.count == 4)
    }

    @Test("a failed model call that was repeated is not asked again")
    func retriedModel() async {
        let model = ScriptedModel { _, number throws(ModelError) in
            if number == 1 {
                throw ModelError(.provider, status: 503, message: "overloaded", spend: .none)
            }
            return .scripted("fine")
        }
        let bench = Bench(model: model) { _, number in
            number == 1 ? .failure("NOT_FOUND") : .success([])
        }
        let steps: JSONValue = [
            ["id": "m", "type": "llm_decision", "prompt": "Think"],
            OrchestratorFailureTests.call("a", after: ["m"]),
        ]
        #expect(await !bench.run(steps).success)
        let result = await bench.nextAttempt().run(steps)
        #expect(result.success)
        #expect(model.requests.count == 2)
        #expect(result.iterations == 2)
        #expect(result.stepRetries == 1)
    }

    @Test("a failure that ended the run is tried again by the next attempt")
    func failed() async {
        let bench = Bench { _, number in number == 1 ? .failure("NOT_FOUND") : .success([]) }
        let steps: JSONValue = [OrchestratorFailureTests.call("a")]
        #expect(await !bench.run(steps).success)
        #expect(await bench.nextAttempt().run(steps).success)
        #expect(bench.tools.calls.count == 2)
    }

    @Test("an action begun that must not happen twice stops the run, whatever it tolerates")
    func unknown() async {
        let steps: JSONValue = [
            OrchestratorFailureTests.call(
                "a", more: ["continueOnError": true, "fallback": ["value": 1]])
        ]
        let bench = Bench(effect: .once) { _, _ in
            withUnsafeCurrentTask { $0?.cancel() }
            return .failure("CANCELLED", isOutcomeUnknown: true)
        }
        #expect(await bench.run(steps).failure?.failureClass == .cancelled)
        let result = await bench.nextAttempt().run(steps)
        #expect(result.failure?.code == "SIDE_EFFECT_UNKNOWN")
        #expect(result.failure?.isPermanent == true)
        #expect(bench.tools.calls.count == 1)
    }
}
