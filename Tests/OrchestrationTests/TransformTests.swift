import JSON
import Journal
import Testing

@testable import Orchestration

@Suite("transforms")
struct TransformTests {
    static let people: JSONValue = [
        ["name": "Bo", "age": 30, "city": "Rome"], ["name": "Al", "age": "25", "city": "Oslo"],
        ["name": "Cy", "city": "Rome"],
    ]

    static let cases: [(String, JSONValue, JSONValue, JSONValue)] = [
        ("set", "x", [:], "x"), ("set", nil, [:], nil),
        (
            "map", [["a": 1], ["a": 2]],
            ["b": "{{current.a}}", "c": "{{index}}:{{item.a}}", "d": 0],
            [["b": 1, "c": "0:1", "d": 0], ["b": 2, "c": "1:2", "d": 0]]
        ),
        ("filter", [1, 5, 9], ["condition": "current > 3"], [5, 9]),
        (
            "filter", people,
            ["condition": ["field": "item.city", "operator": "==", "value": "Oslo"]],
            [["name": "Al", "age": "25", "city": "Oslo"]]
        ),
        ("reduce", [1, 2, "3"], ["reducer": "sum", "initialValue": 10], 16),
        ("reduce", [0.5, 1], ["reducer": "sum"], 1.5), ("reduce", [1, 1], ["reducer": "count"], 2),
        ("reduce", people, ["reducer": "sum", "field": "age"], 55),
        ("reduce", [[1], [2, 3], 4], ["reducer": "concat"], [1, 2, 3, 4]),
        ("reduce", ["a", "b"], ["reducer": "concat"], "ab"),
        ("reduce", [["a": 1], ["a": 2, "b": 3]], ["reducer": "merge"], ["a": 2, "b": 3]),
        ("sort", [3, "10", 2, nil, "x"], [:], [2, 3, "10", "x", nil]),
        ("sort", [3, 10, nil, 2], ["order": "desc"], [10, 3, 2, nil]),
        (
            "sort", [["n": 2, "k": 1], ["n": 1, "k": 2], ["n": 2, "k": 3]], ["field": "n"],
            [["n": 1, "k": 2], ["n": 2, "k": 1], ["n": 2, "k": 3]]
        ),
        (
            "group", [["c": "x", "n": 1], ["c": "y"], ["c": "x", "n": 2], [:]], ["field": "c"],
            ["x": [["c": "x", "n": 1], ["c": "x", "n": 2]], "y": [["c": "y"]], "null": [[:]]]
        ),
        (
            "aggregate", people,
            [
                "aggregations": [
                    ["field": "age", "operation": "sum"],
                    ["field": "age", "operation": "avg", "alias": "mean"],
                    ["field": "age", "operation": "min"], ["field": "age", "operation": "max"],
                    ["field": "age", "operation": "count"], ["operation": "count"],
                ]
            ],
            [
                "age_sum": 55, "mean": 27.5, "age_min": 25, "age_max": 30, "age_count": 2,
                "items_count": 3,
            ]
        ),
        (
            "aggregate", [],
            [
                "aggregations": [
                    ["field": "x", "operation": "avg"], ["field": "x", "operation": "min"],
                    ["field": "x", "operation": "sum"],
                ]
            ], ["x_avg": 0, "x_min": nil, "x_sum": 0]
        ),
        ("deduplicate", [1, 2, 1.0, "1"], [:], [1, 2, "1"]),
        (
            "deduplicate", [["k": 1, "n": 1], ["k": 1, "n": 2], ["n": 3], ["n": 4]],
            ["field": "k"], [["k": 1, "n": 1], ["n": 3], ["n": 4]]
        ),
        ("flatten", [1, [2, [3]], []], [:], [1, 2, [3]]),
        ("flatten", [1, [2, [3]]], ["depth": 2], [1, 2, 3]),
        ("flatten", [["a": [1, 2]], ["a": [3]], [:]], ["field": "a"], [1, 2, 3, nil]),
        (
            "join", [["id": 1, "a": "x"], ["id": 2]],
            ["with": [["id": "1", "b": "y"], ["id": 1, "b": "z"]], "on": "id"],
            [["id": "1", "a": "x", "b": "y"], ["id": 2]]
        ),
        (
            "join", [["id": 1], ["id": 3]],
            ["with": "{{input.right}}", "leftField": "id", "rightField": "k", "type": "inner"],
            [["id": 1, "k": 1, "v": "one"]]
        ),
        (
            "match", [["id": 1], ["id": 3], [:]],
            ["with": "input.right", "leftField": "id", "rightField": "k"],
            [
                "matched": [["left": ["id": 1], "right": ["k": 1, "v": "one"]]],
                "unmatchedLeft": [["id": 3], [:]], "unmatchedRight": [["k": 2]],
            ]
        ),
        (
            "render_table", [["a": 1, "b": "x|y"], ["b": "two\nlines"]], [:],
            "| a | b |\n| --- | --- |\n| 1 | x\\|y |\n|  | two lines |"
        ),
        (
            "render_table", [["a": ["b": "<i>"]]],
            ["format": "html", "columns": [["field": "a.b", "label": "B & C"]]],
            .string(
                "<table><thead><tr><th>B &amp; C</th></tr></thead>"
                    + "<tbody><tr><td>&lt;i&gt;</td></tr></tbody></table>")
        ),
        (
            "render_table", [["a": "x,\"y\"", "b": [1]]],
            ["format": "csv", "columns": ["a", "b"]],
            "a,b\r\n\"x,\"\"y\"\"\",[1]"
        ),
    ]

    @Test("each operation makes what it says", arguments: cases)
    func operations(name: String, input: JSONValue, config: JSONValue, expected: JSONValue) throws {
        let operation = try #require(TransformCatalog.standard[name])
        #expect(operation.faults(of: config).isEmpty)
        let scope = Scope(inputs: ["right": [["k": 1, "v": "one"], ["k": 2]]])
        #expect(try operation.apply(to: input, config: config, scope: scope) == expected)
    }

    @Test(
        "all but set need an array",
        arguments: TransformCatalog.standard.names.filter { $0 != "set" })
    func wrongInput(name: String) throws {
        let operation = try #require(TransformCatalog.standard[name])
        let failure = #expect(throws: RunFailure.self) {
            try operation.apply(to: ["a": 1], config: [:], scope: Scope(inputs: [:]))
        }
        #expect(failure?.code == "INVALID_INPUT_TYPE")
    }

    @Test(
        "a faulty config is named",
        arguments: [
            ("map", [:], "config must have at least one key"),
            ("filter", [:], "config.condition is required"),
            (
                "reduce", ["reducer": "join"],
                "config.reducer must be one of sum, count, concat, merge"
            ),
            ("sort", ["order": "up"], "config.order must be asc or desc"),
            ("group", [:], "config.field is required"),
            (
                "aggregate", [:],
                "config.aggregations must be an array of at least one aggregation"
            ),
            (
                "aggregate", ["aggregations": [["field": "x", "operation": "median"]]],
                "config.aggregations[0]: operation must be one of sum, avg, min, max, count"
            ),
            ("deduplicate", ["field": 1], "config.field must be the path of a field"),
            ("flatten", ["depth": 0], "config.depth must be 1 to 32"),
            ("join", ["on": "id"], "config.with is required"),
            (
                "join", ["with": [], "on": "id", "type": "outer"],
                "config.type must be left or inner"
            ),
            ("match", ["with": [], "leftField": "id"], "config.rightField is required"),
            (
                "render_table", ["format": "pdf"],
                "config.format must be one of markdown, html, csv"
            ),
            (
                "render_table", ["columns": [1]],
                "config.columns must be an array of paths or of {field, label}"
            ),
        ] as [(String, JSONValue, String)])
    func faults(name: String, config: JSONValue, fault: String) throws {
        let operation = try #require(TransformCatalog.standard[name])
        #expect(operation.faults(of: config) == [fault])
    }
}
