import AgentKit
import EngineTestSupport
import JSON
import Journal
import Testing
import Tools

@testable import Orchestration

@Suite("approvals")
struct HumanApprovalTests {
    static func approval(_ more: JSONObject = [:]) -> JSONValue {
        var step: JSONObject = [
            "id": "ok", "type": "human_approval", "approvers": ["ann", "{{input.boss}}"],
            "approvalType": "majority", "title": "Send to {{input.to}}?", "timeout": 60_000,
            "requireComment": true,
        ]
        for (key, value) in more { step[key] = value }
        return .object(step)
    }

    static let inputs: JSONObject = ["boss": "bob", "to": "all"]

    @Test("the run is suspended, and goes on from its journal when the answer is there")
    func suspended() async {
        let steps: JSONValue = [
            OrchestratorFailureTests.call("a"), Self.approval(),
            OrchestratorFailureTests.call("b", after: ["ok"]),
        ]
        let bench = Bench()
        let waiting = await bench.run(steps, inputs: Self.inputs)
        #expect(waiting.failure == nil && !waiting.success)
        #expect(waiting.suspension?.key == "ok")
        #expect(waiting.suspension?.reason == "human_approval")
        #expect(waiting.output == nil)
        #expect(waiting.steps == StepCounts(completed: 1, failed: 0, skipped: 0))
        let event = bench.journal.events.first
        #expect(event?.timeout == .seconds(60))
        #expect(event?.request["approvers"] == ["ann", "bob"])
        #expect(event?.request["approvalType"] == "majority")
        #expect(event?.request["requireComment"] == true)
        #expect(event?.request["title"] == "Send to all?")

        let responses: JSONValue = [["approver": "ann", "decision": "approve", "comment": "go"]]
        bench.journal.answer(
            "ok",
            [
                "decision": "approve", "responses": responses,
                "answeredAt": "2026-01-01T00:00:00Z",
            ])
        let next = bench.nextAttempt()
        let result = await next.run(steps, inputs: Self.inputs)
        #expect(result.success)
        #expect(result.steps == StepCounts(completed: 3, failed: 0, skipped: 0))
        #expect(next.journal.replayed == ["a"])
        #expect(bench.tools.calls.map(\.arguments) == [["id": "a"], ["id": "b"]])
        // What an earlier attempt did counts.
        #expect(result.toolCalls.count == 2)
        let execution = bench.input.executionID.uuidString.lowercased()
        #expect(
            result.output["ok"] == [
                "approvalId": .string("approval_\(execution)_ok"), "status": "approved",
                "responses": responses, "resolvedAt": "2026-01-01T00:00:00Z",
            ])
    }

    static let answers: [(JSONObject, [String: JSONValue], String?)] = [
        ([:], ["ok": "approve"], nil), ([:], ["ok": "reject"], "the approval was rejected"),
        ([:], ["ok": "timeout"], "nobody approved within the time limit"),
        (["onTimeout": "reject"], ["ok": "timeout"], "nobody approved within the time limit"),
        (["onTimeout": "approve"], ["ok": "timeout"], nil),
        (
            ["onTimeout": "escalate", "escalateTo": ["eve"]],
            ["ok": "timeout", "ok.escalation": "approve"], nil
        ),
        (
            ["onTimeout": "escalate", "escalateTo": ["eve"]],
            ["ok": "timeout", "ok.escalation": "reject"], "the approval was rejected"
        ),
        (
            ["onTimeout": "escalate", "escalateTo": ["eve"]],
            ["ok": "timeout", "ok.escalation": "timeout"], "nobody approved within the time limit"
        ),
    ]

    @Test("answers and timeouts decide as the step says", arguments: answers)
    func decided(
        fields: JSONObject, answers: [String: JSONValue], fault: String?
    ) async {
        let bench = Bench()
        for (key, decision) in answers { bench.journal.answer(key, ["decision": decision]) }
        let result = await bench.run([Self.approval(fields)], inputs: Self.inputs)
        #expect(result.success == (fault == nil))
        if let fault {
            #expect(result.failure?.code == "APPROVAL_REJECTED")
            #expect(result.failure?.message.hasSuffix(fault) == true)
        } else {
            #expect(result.output["ok"]?["status"] == "approved")
        }
        if answers.count > 1 {
            #expect(bench.journal.events.last?.request["approvers"] == ["eve"])
        }
    }

    @Test("steps beside a wait go as far as they can, and several waits are told as one")
    func besides() async {
        let bench = Bench()
        let group: JSONValue = [
            "id": "g", "type": "parallel_group",
            "steps": [
                Self.approval(), Self.approval(["id": "ok2", "timeout": nil]),
                OrchestratorFailureTests.call("a"),
                OrchestratorFailureTests.call("b", after: ["a"]),
                OrchestratorFailureTests.call("c", after: ["ok"]),
            ],
        ]
        let result = await bench.run([group], inputs: Self.inputs)
        #expect(result.suspension?.key == "g.ok")
        #expect(result.suspension?.reason == "human_approval")
        #expect(bench.journal.events.map(\.key).sorted() == ["g.ok", "g.ok2"])
        #expect(
            Set(bench.tools.calls.compactMap { $0.arguments["id"]?.stringValue }) == ["a", "b"])
    }

    @Test("a loop waits at its element, items of a scatter do not wait for one another")
    func elements() async {
        let nested: JSONValue = [
            OrchestratorFailureTests.call("a", more: ["params": ["id": "{{item}}"]]),
            Self.approval(),
        ]
        let loop = Bench()
        let looped = await loop.run(
            [["id": "l", "type": "loop", "iterateOver": "{{input.list}}", "loopSteps": nested]],
            inputs: ["list": [1, 2], "boss": "b", "to": "c"])
        #expect(looped.suspension?.key == "l[0].ok")
        #expect(loop.tools.calls.count == 1)

        let scatter = Bench()
        let scattered = await scatter.run(
            [
                [
                    "id": "s", "type": "scatter_gather",
                    "scatter": ["input": "{{input.list}}", "steps": nested],
                    "gather": ["operation": "collect"],
                ]
            ], inputs: ["list": [1, 2, 3, 4], "boss": "b", "to": "c"])
        #expect(scattered.suspension != nil)
        #expect(scatter.tools.calls.count == 4)
        #expect(scatter.journal.events.count == 4)
    }

    @Test("without a name nobody is asked, since then anybody might answer")
    func nobody() async {
        let bench = Bench()
        let result = await bench.run([Self.approval()], inputs: ["to": "all"])
        #expect(result.failure?.code == "INVALID_INPUT_TYPE")
        #expect(bench.journal.events.isEmpty)
    }

    @Test("a failure goes before a wait")
    func failed() async {
        let bench = Bench { _, _ in .failure("NOT_FOUND") }
        let result = await bench.run(
            [
                [
                    "id": "g", "type": "parallel_group",
                    "steps": [Self.approval(), OrchestratorFailureTests.call("a")],
                ]
            ],
            inputs: Self.inputs)
        #expect(result.suspension == nil)
        #expect(result.failure?.code == "PLUGIN_EXECUTION_FAILED")
    }

    @Test(
        "faults are found by the plan",
        arguments: [
            (["approvers": []], "approvers must be an array of at least one name"),
            (["approvers": nil], "approvers is required"), (["title": nil], "title is required"),
            (["approvalType": "most"], "approvalType must be one of any, all, majority"),
            (["onTimeout": "escalate"], "escalateTo is required"),
            (["onTimeout": "wait"], "onTimeout must be one of approve, reject, escalate"),
            (["allowDelegate": "yes"], "allowDelegate must be a boolean"),
            (["timeout": -1], "timeout must be a number of milliseconds above 0, at most 30 days"),
            (
                ["notificationChannels": [["type": "pigeon"]]],
                "notificationChannels must be an array of {type, config} with a type of email, "
                    + "slack, teams, webhook"
            ),
        ] as [(JSONObject, String)])
    func faults(fields: JSONObject, fault: String) {
        let failure = #expect(throws: RunFailure.self) {
            try PlanTests.plan([Self.approval(fields)])
        }
        #expect(failure?.message.contains("step 'ok': \(fault)") == true)
    }
}
