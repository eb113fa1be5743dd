import JSON
import Testing

@testable import Orchestration

@Suite("when a step may start")
struct ReadinessTests {
    /// `join` depends on both branches of `c`; `yes` also on `data`.
    static let steps: JSONValue = [
        PlanTests.wait("data"),
        [
            "id": "c", "type": "conditional", "condition": true, "trueBranch": "yes",
            "falseBranch": "no",
        ], PlanTests.wait("yes", after: ["data"]), PlanTests.wait("no", after: ["c"]),
        PlanTests.wait("join", after: ["yes", "no"]),
    ]

    static let taken = StepState.completed(branch: "true")
    static let done = StepState.completed(branch: nil)

    @Test(
        "the states of its dependencies and deciders decide",
        arguments: [
            ("data", [:], .run),
            ("yes", ["data": done, "c": .running], .wait),
            ("yes", ["data": .pending, "c": taken], .wait),
            ("yes", ["data": done, "c": taken], .run),
            ("yes", ["data": done, "c": .completed(branch: "false")], .skip),
            ("yes", ["data": .skipped, "c": taken], .skip),
            ("yes", ["data": .failed, "c": taken], .skip),
            ("yes", ["data": .tolerated, "c": taken], .run),
            ("yes", ["data": done, "c": .skipped], .skip),
            ("yes", ["data": done, "c": .tolerated], .skip),
            ("no", ["c": taken], .skip), ("no", ["c": .completed(branch: "false")], .run),
            ("join", ["yes": done, "no": .skipped], .run),
            ("join", ["yes": .skipped, "no": .skipped], .skip),
            ("join", ["yes": done, "no": .failed], .skip),
        ] as [(String, [String: StepState], Readiness)])
    func decides(id: String, states: [String: StepState], expected: Readiness) throws {
        let planned = try PlanTests.plan(Self.steps).root.steps
        let steps = Dictionary(uniqueKeysWithValues: planned.map { ($0.step.id, $0) })
        let step = try #require(steps[id])
        #expect(Readiness.decide(step, states: states, steps: steps) == expected)
    }
}
