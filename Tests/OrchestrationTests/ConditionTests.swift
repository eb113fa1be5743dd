import JSON
import Journal
import Testing

@testable import Orchestration

@Suite("conditions")
struct ConditionTests {
    static let scope: Scope = {
        var scope = Scope(inputs: [
            "n": 75, "text": "urgent mail", "list": ["a", 2], "none": nil, "blank": "",
            "date": "2026-02-01", "flag": true, "object": ["k": 1],
        ])
        scope.outputs["step1"] = ["data": ["urgent_count": 2, "kind": "x"]]
        return scope
    }()

    @Test(
        "the simple form compares a field with a value",
        arguments: [
            ("n", "==", 75, true), ("n", "equals", "75", true), ("n", "eq", "75.0", true),
            ("n", "!=", "76", true), ("n", "not_equals", 75, false), ("n", "ne", 75, false),
            ("n", "greater_than", 74.5, true), ("n", ">", "74", true), ("n", "gt", 75, false),
            ("n", "greater_than_or_equal", 75, true), ("n", "gte", 76, false),
            ("n", "less_than", "100", true), ("n", "lt", 75, false), ("n", "lte", 75, true),
            ("date", "<", "2026-10-01", true), ("text", ">", 3, false), ("none", ">=", 0, false),
            ("none", "<", 1, false), ("none", "==", nil, true), ("blank", "==", 0, false),
            ("flag", "==", "true", true), ("flag", "==", 1, true),
            ("object", "==", ["k": 1.0], true),
            ("text", "contains", "mail", true), ("text", "not_contains", "mail", false),
            ("list", "contains", "2", true), ("list", "contains", "a,2", false),
            ("object", "contains", "k", true), ("none", "contains", "undef", false),
            ("text", "contains_any", ["x", "urg"], true), ("n", "in", [1, "75"], true),
            ("n", "in", "75", false), ("n", "not_in", [1], true), ("n", "not_in", "x", false),
            ("text", "matches", "^urg.*l$", true), ("text", "matches", "^mail", false),
            ("n", "matches", "^\\d+$", true), ("none", "matches", ".*", false),
            ("text", "starts_with", "urgent", true), ("text", "ends_with", "mail", true),
            ("text", "ends_with", "urgent", false), ("step1.data.urgent_count", ">", 0, true),
            ("{{step1.kind}}", "==", "x", true), ("step1.data.kind", "==", "{{step1.kind}}", true),
        ] as [(String, String, JSONValue, Bool)])
    func simple(field: String, name: String, value: JSONValue, expected: Bool) throws {
        let path = field.contains("step1") ? field : "input.\(field)"
        let condition = try Condition([
            "field": .string(path), "operator": .string(name), "value": value,
        ])
        #expect(try condition.holds(in: Self.scope) == expected)
    }

    @Test(
        "exists and is_empty need no value",
        arguments: [
            ("n", "exists", true), ("none", "exists", false), ("missing", "exists", false),
            ("none", "not_exists", true), ("blank", "is_empty", true), ("none", "is_empty", true),
            ("n", "is_empty", false), ("list", "is_not_empty", true),
        ])
    func withoutValue(field: String, name: String, expected: Bool) throws {
        let condition = try Condition([
            "field": .string("input.\(field)"), "operator": .string(name),
        ])
        #expect(try condition.holds(in: Self.scope) == expected)
    }

    @Test(
        "the complex form combines conditions, and none at all is true",
        arguments: [
            (["and": [true, "input.n > 1"]], true), (["and": [true, "input.n < 1"]], false),
            (["or": [false, "input.n > 1"]], true), (["or": []], false), (["and": []], true),
            (["not": "input.n > 1"], false), (["not": ["or": [false]]], true), (nil, true),
        ] as [(JSONValue, Bool)])
    func complex(json: JSONValue, expected: Bool) throws {
        #expect(try Condition(json).holds(in: Self.scope) == expected)
    }

    @Test(
        "expressions bind ! tighter than comparison, than &&, than ||",
        arguments: [
            ("step1.data.urgent_count == 2", true), ("{{step1.urgent_count}} >= 2", true),
            ("1 < 2", true), ("'a' == \"a\"", true), ("input.n == '75'", true),
            ("true || false && false", true), ("(true || false) && false", false),
            ("!false == true", true), ("!(input.n > 74)", false), ("!!input.text", true),
            ("input.none", false), ("input.blank", false), ("input.list", true), ("0", false),
            ("input.n != null", true), ("input.missing == null", true), ("1e2 == 100", true),
            ("-1 < 0", true), ("'{{step1.kind}}' == 'x'", true), ("'it\\'s' == \"it's\"", true),
            ("input.n===75&&input.flag", true), ("true || nothere.x", true),
            ("input.list[1] == 2", true),
        ])
    func expressions(text: String, expected: Bool) throws {
        #expect(try Condition(.string(text)).holds(in: Self.scope) == expected)
    }

    @Test(
        "what is no condition is an error",
        arguments: [
            "1 < 2 < 3", "input.text contains \"q\"", "", "&& true", "(true", "true)", "'open",
            "a b", "{{a", "input.n >", "1 = 2", 3, [], ["field": "input.n", "operator": "=="],
            ["field": "input.n", "operator": "like", "value": 1], ["operator": "==", "value": 1],
            ["and": true], ["field": "a b", "operator": "exists"],
            ["field": "input.n", "operator": "matches", "value": "("],
        ] as [JSONValue])
    func faults(json: JSONValue) {
        let failure = #expect(throws: RunFailure.self) { try Condition(json) }
        #expect(failure?.code == "CONDITION_ERROR")
    }

    @Test("nesting without end is refused, not followed")
    func nesting() {
        let parentheses = String(repeating: "(", count: 500)
        #expect(throws: RunFailure.self) { try Condition(.string(parentheses + "true")) }
        var json: JSONValue = true
        for _ in 0..<100 { json = ["not": json] }
        #expect(throws: RunFailure.self) { try Condition(json) }
    }

    @Test("a reference to nothing is an error, never a text or false")
    func unresolvable() throws {
        let condition = try Condition("nothere.x == 'nothere.x'")
        let failure = #expect(throws: RunFailure.self) { try condition.holds(in: Self.scope) }
        #expect(failure?.code == "VARIABLE_RESOLUTION_ERROR")
    }

    @Test("a pattern made to backtrack without end cannot stall the run")
    func hostilePattern() throws {
        let text = String(repeating: "a", count: 40) + "!"
        let condition = try Condition([
            "field": "input.x", "operator": "matches", "value": "^(a+)+$",
        ])
        #expect(try condition.holds(in: Scope(inputs: ["x": .string(text)])) == false)
    }
}
