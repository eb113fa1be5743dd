import AgentKit
import EngineTestSupport
import JSON
import Testing
import Tools

@testable import Orchestration

@Suite("scatter and gather")
struct ScatterGatherTests {
    /// Calls the action for every element of `input.list`; an element with `bad` fails.
    static func run(
        _ gather: JSONObject, list: JSONValue, more: JSONObject = [:]
    ) async -> (Bench, RunResult) {
        let bench = Bench { call, _ in
            call.arguments["v"]?["bad"] == true
                ? .failure("NOT_FOUND") : .success(call.arguments["v"] ?? nil)
        }
        var scatter: JSONObject = [
            "input": "{{input.list}}", "itemVariable": "ticket",
            "steps": [
                [
                    "id": "get", "type": "action", "plugin": "helpdesk", "action": "list_open",
                    "params": ["v": "{{ticket}}", "n": "{{item}} {{index}}"],
                ]
            ],
        ]
        for (key, value) in more { scatter[key] = value }
        let result = await bench.run(
            [
                [
                    "id": "s", "type": "scatter_gather", "scatter": .object(scatter),
                    "gather": .object(gather),
                ]
            ], inputs: ["list": list])
        return (bench, result)
    }

    static let cases: [(JSONObject, JSONValue, JSONValue)] = [
        (["operation": "collect"], [1, 2], [["get": 1], ["get": 2]]),
        (["operation": "collect", "outputKey": "all"], [1], ["all": [["get": 1]]]),
        (["operation": "merge"], [1, 2], ["get": 2]),
        (
            ["operation": "merge", "reduceExpression": "{{item.get}}"],
            [["a": 1, "b": 1], ["b": 2]], ["a": 1, "b": 2]
        ),
        (["operation": "reduce", "reduceExpression": "{{item.get}}"], [1, "2", 3], 6),
        (["operation": "reduce", "reduceExpression": "{{item.get}}"], [[1], [2, 3]], [1, 2, 3]),
        (
            ["operation": "reduce", "reduceExpression": "{{item.get}}"], [["a": 1], ["b": 2]],
            ["a": 1, "b": 2]
        ),
        (["operation": "flatten"], [[1], [2, 3], 4], [1, 2, 3, 4]),
        (["operation": "collect"], [], []), (["operation": "reduce"], [], nil),
        (["operation": "collect"], [1, ["bad": true], 3], [["get": 1], ["get": 3]]),
    ]

    @Test("the results of the items become one value", arguments: cases)
    func gather(fields: JSONObject, list: JSONValue, expected: JSONValue) async {
        let (_, result) = await Self.run(fields, list: list)
        #expect(result.failure == nil)
        #expect(result.output["s"] == expected)
    }

    @Test("the steps know their item by its name, by item and by index")
    func names() async {
        let (bench, result) = await Self.run(["operation": "collect"], list: ["x"])
        #expect(result.success)
        #expect(bench.tools.calls[0].arguments == ["v": "x", "n": "x 0"])
        #expect(bench.journal.performed.map(\.key) == ["s[0].get"])
    }

    @Test("when all items fail, so does the step")
    func allFailed() async {
        let (_, result) = await Self.run(
            ["operation": "collect"], list: [["bad": true], ["bad": true]])
        #expect(result.failure?.code == "SCATTER_ITEM_FAILED")
        #expect(result.failure?.isPermanent == true)
    }

    @Test("what is no array cannot be scattered")
    func noArray() async {
        let (_, result) = await Self.run(["operation": "collect"], list: "x")
        #expect(result.failure?.code == "INVALID_SCATTER_INPUT")
    }

    @Test("items run side by side, no more than asked for, and are counted")
    func concurrency() async {
        let (bench, result) = await Self.run(
            ["operation": "collect"], list: [1, 2, 3, 4, 5], more: ["maxConcurrency": 2])
        #expect(result.workflow == WorkflowCounts(parallelExecutions: 5))
        #expect(bench.tools.peak <= 2)
    }
}
