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

@Suite("time limits, fallbacks, caches and rollbacks")
struct ResilienceTests {
    typealias Failures = OrchestratorFailureTests

    // MARK: Time limits

    /// A bench whose calls never end before the time limit of this length has passed.
    static func timed(
        _ limit: Duration, effect: SideEffect = .idempotent, isUnknown: Bool = false,
        limits: OrchestrationLimits = OrchestrationLimits()
    ) -> Bench {
        let started = Gate()
        let clock = Bench.Clock(alarm: { duration in
            #expect(duration == limit)
            await started.wait()
        })
        return Bench(limits: limits, clock: clock, effect: effect) { _, _ in
            started.open()
            try? await Bench.never()
            return .failure("CANCELLED", isOutcomeUnknown: isUnknown)
        }
    }

    @Test("a step's time limit cuts it off, and the job may try again")
    func stepTimeout() async {
        let bench = Self.timed(.milliseconds(40))
        let result = await bench.run([Failures.call("a", more: ["timeout": 40])])
        #expect(result.failure?.code == "TIMEOUT")
        #expect(result.failure?.failureClass == .timeout)
        #expect(result.failure?.isPermanent == false)
        #expect(bench.tools.calls.count == 1)
    }

    @Test("an action cut off that must not happen twice ends the job, too")
    func unknownTimeout() async {
        let bench = Self.timed(.milliseconds(40), effect: .once, isUnknown: true)
        let steps: JSONValue = [Failures.call("a", more: ["timeout": 40])]
        let result = await bench.run(steps)
        #expect(result.failure?.code == "TIMEOUT")
        #expect(result.failure?.isPermanent == true)
        #expect(result.failure?.message.contains("whether its action happened is unknown") == true)
        let next = await bench.nextAttempt().run(steps)
        #expect(next.failure?.code == "SIDE_EFFECT_UNKNOWN")
    }

    @Test("the run's time limit ends it with what it did counted")
    func runTimeout() async {
        var limits = OrchestrationLimits()
        limits.maxRunTime = .seconds(9)
        let bench = Self.timed(.seconds(9), limits: limits)
        let result = await bench.run([Failures.call("a"), Failures.call("b", after: ["a"])])
        #expect(result.failure?.code == "TIMEOUT")
        #expect(result.steps == StepCounts(completed: 0, failed: 1, skipped: 1))
        #expect(result.toolCalls.count == 1)
    }

    @Test("a step is not tried again when the pause would outlast its time")
    func deadline() async {
        let bench = Bench { _, _ in .failure("TIMEOUT", isRetryable: true) }
        let result = await bench.run([Failures.call("a", more: ["timeout": 900])])
        #expect(result.failure?.code == "PLUGIN_EXECUTION_FAILED")
        #expect(bench.tools.calls.count == 1)
        #expect(bench.slept.isEmpty)
    }

    @Test("a deadline only ever moves nearer")
    func shrinking() {
        #expect(Deadline.none.remaining == nil && Deadline.none.allows(.seconds(1_000_000)))
        let near = Deadline.none.shrunk(to: .seconds(10))
        let same = near.shrunk(to: .seconds(100)).shrunk(to: nil)
        #expect(same.remaining.map { $0 <= .seconds(10) } == true)
        #expect(same.allows(.seconds(5)) && !same.allows(.seconds(11)))
        #expect(near.shrunk(to: .seconds(-1)).remaining == .zero)
    }

    // MARK: Delays

    @Test("a delay that was cut ends when it would have ended")
    func delaySurvives() async {
        let steps: JSONValue = [["id": "d", "type": "delay", "duration": 10_000]]
        let bench = Bench()
        #expect(
            await bench.run(steps, pause: { throw CancellationError() })
                .failure?.failureClass == .cancelled)
        #expect(bench.slept == [.seconds(10)])
        for (later, left) in [(4.0, Duration.seconds(6)), (11, .zero), (-100, .seconds(10))] {
            let clock = Bench.Clock(now: { Date(timeIntervalSince1970: 1_700_000_000 + later) })
            let next = bench.nextAttempt(clock: clock)
            #expect(await next.run(steps).success)
            #expect(next.slept == (left == .zero ? [] : [left]))
        }
    }

    @Test("a long delay is waited for without a slot")
    func longDelay() async {
        let steps: JSONValue = [["id": "d", "type": "delay", "duration": 3_600_000]]
        let bench = Bench()
        let result = await bench.run(steps)
        #expect(result.suspension?.key == "d")
        #expect(bench.journal.events.map(\.timeout) == [.seconds(3600)])
        #expect(bench.slept.isEmpty)
        bench.journal.answer("d", ["decision": "timeout"])
        #expect(await bench.nextAttempt().run(steps).output == ["d": ["delayed": true]])
    }

    // MARK: Fallbacks

    static let send: JSONValue = [
        "plugin": "mail", "action": "send", "params": ["id": "instead of {{input.x}}"],
    ]

    @Test("what failed falls back, in order, on an action or a value")
    func fallback() async {
        let bench = Bench { call, _ in
            call.name == "mail.send" ? .success("sent") : .failure("NOT_FOUND")
        }
        let result = await bench.run(
            [
                Failures.call(
                    "a",
                    more: ["fallback": [["plugin": "helpdesk", "action": "list_open"], Self.send]])
            ], inputs: ["x": 1])
        #expect(result.success)
        #expect(result.output == ["a": "sent"])
        #expect(result.toolCalls.map(\.success) == [false, false, true])
        #expect(bench.tools.calls[2].arguments == ["id": "instead of 1"])
        #expect(
            bench.journal.performed.map(\.key) == ["a", "a!fallback1", "a!fallback2"])

        let value = await Bench(tools: Failures.failing(["a"], .failure("NOT_FOUND"))).run([
            Failures.call("a", more: ["fallback": ["value": ["n": 0]]])
        ])
        #expect(value.output == ["a": ["n": 0]])
    }

    @Test("when every fallback fails, the step does")
    func allFallbacks() async {
        let bench = Bench { _, _ in .failure("SERVER_ERROR", status: 500) }
        let result = await bench.run(
            [Failures.call("a", more: ["fallback": [Self.send, Self.send]])], inputs: ["x": 1])
        #expect(result.failure?.code == "ALL_FALLBACKS_FAILED")
        #expect(bench.tools.calls.count == 3)
    }

    @Test(
        "nothing stands in for what may have happened, or is not allowed, or was asked wrongly",
        arguments: [
            ToolResult.failure("TIMEOUT", isOutcomeUnknown: true),
            .failure("FORBIDDEN", status: 403), .failure("VALIDATION_ERROR"),
        ])
    func noFallback(failure: ToolResult) async {
        let bench = Bench { _, _ in failure }
        let result = await bench.run(
            [Failures.call("a", more: ["fallback": Self.send])], inputs: ["x": 1])
        #expect(!result.success)
        #expect(bench.tools.calls.count == 1)
    }

    // MARK: Caches

    static func cached(_ cache: JSONValue, list: JSONValue, clock: Bench.Clock) async -> Bench {
        let bench = Bench(clock: clock)
        let result = await bench.run(
            [
                [
                    "id": "l", "type": "loop", "iterateOver": "{{input.list}}",
                    "loopSteps": [
                        Failures.call("a", more: ["params": ["id": "{{item}}"], "cache": cache]),
                        [
                            "id": "hit", "type": "transform", "operation": "set",
                            "input": "{{a.metadata.cacheHit}}",
                        ],
                    ],
                ]
            ], inputs: ["list": list])
        #expect(result.success)
        return bench
    }

    @Test(
        "an equal step of the run is answered from the cache, as long as its time to live",
        arguments: [
            (["enabled": true], 2), ([:], 2), (["enabled": false], 4),
            (["key": "k"], 1), (["key": "k{{index}}"], 4), (["ttl": 0], 4),
        ] as [(JSONValue, Int)])
    func cache(policy: JSONValue, calls: Int) async {
        let bench = await Self.cached(policy, list: [1, 2, 1, 1], clock: Bench.Clock())
        #expect(bench.tools.calls.count == calls)
    }

    @Test("a model is asked once for an equal prompt")
    func cachedModel() async {
        let bench = Bench()
        let result = await bench.run(
            [
                [
                    "id": "l", "type": "loop", "iterateOver": "{{input.list}}",
                    "loopSteps": [
                        [
                            "id": "a", "type": "llm_decision", "prompt": "Rate {{item}}",
                            "cache": ["enabled": true, "key": "{{item}}"],
                        ]
                    ],
                ]
            ], inputs: ["list": ["x", "y", "x"]])
        #expect(result.output["l"]?.arrayValue?.count == 3)
        #expect(bench.model.requests.count == 2)
    }

    // MARK: Rollbacks

    static func undoable(_ id: String, after: JSONValue = []) -> JSONValue {
        Failures.call(
            id, after: after,
            more: [
                "rollbackAction": [
                    "plugin": "mail", "action": "unsend",
                    "params": ["undo": "{{\(id).data.id}} of {{input.x}}"],
                ]
            ])
    }

    static let undone: JSONValue = [
        undoable("a"),
        [
            "id": "l", "type": "loop", "iterateOver": "{{input.list}}", "dependencies": ["a"],
            "loopSteps": [undoable("b")],
        ], Failures.call("c", after: ["l"]),
    ]

    @Test("a run that fails for good is undone, the last step first")
    func rollback() async {
        let bench = Bench { call, _ in
            call.arguments["id"] == "c" ? .failure("NOT_FOUND") : .success(call.arguments)
        }
        let result = await bench.run(Self.undone, inputs: ["x": "t", "list": [1, 2]])
        #expect(
            bench.tools.calls.filter { $0.name == "mail.unsend" }.map(\.arguments)
                == [["undo": "b of t"], ["undo": "b of t"], ["undo": "a of t"]])
        #expect(
            bench.journal.performed.map(\.key).suffix(3)
                == ["l[1].b!rollback", "l[0].b!rollback", "a!rollback"])
        #expect(result.failure?.code == "PLUGIN_EXECUTION_FAILED")
        #expect(
            result.failure?.message.hasSuffix("; rolled back: 'l[1].b', 'l[0].b', 'a'") == true)
        #expect(result.toolCalls.count == 7)
        #expect(result.pluginsUsed == ["helpdesk", "mail"])
    }

    @Test("what came from the cache or a fallback did nothing that is to be undone")
    func nothingToUndo() async {
        let bench = Bench { call, _ in
            call.arguments["id"] == "c" || call.arguments["id"] == "f"
                ? .failure("NOT_FOUND") : .success(call.arguments)
        }
        var cached = Self.undoable("b").objectValue ?? [:]
        cached["cache"] = ["enabled": true]
        var replaced = Self.undoable("f").objectValue ?? [:]
        replaced["fallback"] = ["value": 1]
        let result = await bench.run(
            [
                [
                    "id": "l", "type": "loop", "iterateOver": "{{input.list}}",
                    "loopSteps": [.object(cached), .object(replaced)],
                ], Failures.call("c", after: ["l"]),
            ], inputs: ["x": "t", "list": [1, 2]])
        #expect(!result.success)
        #expect(bench.tools.calls.count { $0.name == "mail.unsend" } == 1)
    }

    @Test("what cannot be undone is told, and the rest is undone all the same")
    func failedRollback() async {
        let bench = Bench { call, _ in
            switch call.arguments {
            case ["id": "c"]: .failure("NOT_FOUND")
            case ["undo": "b of t"]: .failure("GONE")
            default: .success(call.arguments)
            }
        }
        let result = await bench.run(Self.undone, inputs: ["x": "t", "list": [1]])
        #expect(
            result.failure?.message.hasSuffix(
                "; rolled back: 'a'; could not be rolled back: 'l[0].b': GONE: it failed") == true)
    }

    @Test(
        "a run that the job will try again is not undone, unless it was the last attempt",
        arguments: [(false, 0), (true, 2)])
    func retried(isLast: Bool, undone: Int) async {
        let bench = Bench { call, _ in
            guard call.arguments["id"] == "c" else { return .success(call.arguments) }
            var failure = ToolResult.failure("TIMEOUT", isRetryable: true)
            failure.error?.failureClass = .timeout
            return failure
        }
        let result = await bench.run(
            Self.undone, inputs: ["x": "t", "list": [1]], isLastAttempt: isLast)
        #expect(!result.success)
        #expect(bench.tools.calls.count { $0.name == "mail.unsend" } == undone)
    }
}
