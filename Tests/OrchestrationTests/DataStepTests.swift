import AgentKit
import JSON
import Testing

@testable import Orchestration

/// Steps that make data of data, by what they are given and what they give.
@Suite("enrichment, comparison and validation")
struct DataStepTests {
    static let inputs: JSONObject = [
        "people": [["id": 1, "name": "Al"], ["id": 2, "name": "Bo"], ["name": "Cy"]],
        "ages": [["id": "1", "age": 30], ["id": 1, "age": 99]],
        "towns": [["id": 2, "town": "Oslo"]],
        "a": ["x": 1, "in": ["p": 1, "q": [1]]], "b": ["y": 2, "in": ["q": [2], "r": 3]],
    ]

    /// The data of a step of this type.
    static func data(_ type: String, _ fields: JSONObject) async -> (JSONValue?, RunResult) {
        var step = fields
        step["id"] = "s"
        step["type"] = .string(type)
        let result = await Bench().run([.object(step)], inputs: inputs)
        return (result.output["s"], result)
    }

    static let enrichments: [(JSONObject, JSONValue)] = [
        (["strategy": "merge"], ["a": inputs["a"] ?? nil, "b": inputs["b"] ?? nil]),
        (["strategy": "deep_merge"], ["x": 1, "in": ["p": 1, "q": [2], "r": 3], "y": 2]),
        (
            ["strategy": "deep_merge", "mergeArrays": true],
            ["x": 1, "in": ["p": 1, "q": [1, 2], "r": 3], "y": 2]
        ),
        (
            [
                "strategy": "join", "joinOn": "id",
                "sources": [
                    ["key": "p", "from": "input.people"], ["key": "a", "from": "input.ages"],
                    ["key": "t", "from": "{{input.towns}}"],
                ],
            ],
            [
                ["id": "1", "name": "Al", "age": 30], ["id": 2, "name": "Bo", "town": "Oslo"],
                ["name": "Cy"],
            ]
        ),
    ]

    @Test("an enrichment puts its sources together", arguments: enrichments)
    func enrichment(fields: JSONObject, expected: JSONValue) async {
        var step = fields
        if step["sources"] == nil {
            step["sources"] = [["key": "a", "from": "input.a"], ["key": "b", "from": "input.b"]]
        }
        let (data, result) = await Self.data("enrichment", step)
        #expect(result.failure == nil)
        #expect(data == expected)
    }

    static let comparisons: [(String, String?, JSONValue, JSONValue, JSONValue)] = [
        ("equals", nil, 75, "75", ["result": true]),
        ("deep_equals", nil, 75, "75", ["result": false]),
        ("deep_equals", nil, ["a": [1, ["b": 2]]], ["a": [1.0, ["b": 2]]], ["result": true]),
        ("contains", nil, [1, 2], 2, ["result": true]),
        ("contains", nil, "tea", "coffee", ["result": false]),
        ("subset", nil, [2, 1], [1, 2, 3], ["result": true]),
        ("subset", nil, [1, 4], [1, 2, 3], ["result": false]),
        ("subset", nil, ["a": ["b": 1]], ["a": ["b": 1, "c": 2], "d": 3], ["result": true]),
        (
            "diff", nil, ["a": 1, "b": 2, "c": 3], ["b": 5, "c": 3, "d": 4],
            [
                "added": ["d": 4], "removed": ["a": 1], "modified": ["b": ["from": 2, "to": 5]],
                "unchanged": ["c": 3],
            ]
        ),
        (
            "diff", nil, [1, 1, 2], [2, 1, 3],
            ["added": [3], "removed": [1], "modified": [:], "unchanged": [1, 2]]
        ),
        (
            "diff", "diff", "x", "y",
            [
                "added": [:], "removed": [:], "modified": ["value": ["from": "x", "to": "y"]],
                "unchanged": [:],
            ]
        ),
        // BUG-42: a difference there is not is false.
        ("diff", "boolean", ["a": 1], ["a": 1.0], ["result": false]),
        ("diff", "boolean", ["a": 1], ["a": 2], ["result": true]),
        (
            "equals", "detailed", 1, 1,
            [
                "operation": "equals", "result": true,
                "diff": [
                    "added": [:], "removed": [:], "modified": [:], "unchanged": ["value": 1],
                ],
            ]
        ),
    ]

    @Test("a comparison says what is the same", arguments: comparisons)
    func comparison(
        operation: String, format: String?, left: JSONValue, right: JSONValue, expected: JSONValue
    ) async {
        var step: JSONObject = ["left": left, "right": right, "operation": .string(operation)]
        step["outputFormat"] = format.map { .string($0) }
        let (data, result) = await Self.data("comparison", step)
        #expect(result.failure == nil)
        #expect(data == expected)
    }

    static let schema: JSONValue = [
        "type": "object", "required": ["name"],
        "properties": [
            "name": ["type": "string", "minLength": 2, "pattern": "^[A-Z]"],
            "age": ["type": "number", "min": 18, "max": 99],
        ],
    ]

    @Test(
        "a schema tells every fault, with min and max for minimum and maximum",
        arguments: [
            (["name": "Al", "age": 18], []), (["name": "al", "age": 18], ["name"]),
            (["name": "Al", "age": 17], ["age"]), (["name": "A", "age": 100], ["age", "name"]),
            ([:], ["root"]), ("x", ["root"]),
        ] as [(JSONValue, [String])])
    func schemas(input: JSONValue, places: [String]) async {
        let (data, result) = await Self.data(
            "validation",
            ["input": input, "schema": Self.schema, "onValidationFail": "continue"])
        #expect(result.failure == nil)
        #expect(data?["valid"] == .bool(places.isEmpty))
        #expect(data?["data"] == input)
        let found = (data?["errors"]?.arrayValue ?? []).compactMap {
            $0.stringValue?.split(separator: ":").first.map(String.init)
        }
        #expect(Set(found) == Set(places))
    }

    @Test("rules test fields with the operators of conditions, and tell their messages")
    func rules() async {
        let rules: JSONValue = [
            [
                "field": "a.b", "condition": ["operator": "gt", "value": 3],
                "message": "b is small",
            ],
            ["field": "c", "condition": ["operator": "exists"]],
            ["field": "d[0]", "condition": ["operator": "in", "value": ["{{input.a.x}}", 5]]],
        ]
        let (data, _) = await Self.data(
            "validation",
            [
                "input": ["a": ["b": 2], "d": [1]], "rules": rules, "onValidationFail": "continue",
            ])
        #expect(data?["errors"] == ["b is small", "c does not meet exists"])
    }

    @Test("data that is not valid fails the step, whose message quotes none of it")
    func invalid() async {
        let (_, result) = await Self.data(
            "validation", ["input": ["name": "secret"], "schema": Self.schema])
        #expect(result.failure?.code == "VALIDATION_FAILED")
        #expect(result.failure?.isPermanent == true)
        #expect(result.failure?.message.contains("name (pattern)") == true)
        #expect(result.failure?.message.contains("secret") == false)
    }

    @Test("with skip the step and what depends on it alone are skipped")
    func skipped() async {
        let result = await Bench().run([
            [
                "id": "v", "type": "validation", "input": 1, "schema": ["type": "string"],
                "onValidationFail": "skip",
            ], ["id": "w", "type": "transform", "operation": "set", "input": "{{v.data}}"],
        ])
        #expect(result.success)
        #expect(result.steps == StepCounts(completed: 0, failed: 0, skipped: 2))
    }
}
