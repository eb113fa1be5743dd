import JSON
import Journal
import Testing

@testable import Orchestration

@Suite("references")
struct ReferenceTests {
    static let scope: Scope = {
        var scope = Scope(inputs: ["limit": 5, "a": "A", "user-name": "Ann", "empty": nil])
        scope.variables = ["b": "B"]
        scope.element = Scope.Element(value: ["body": "Hi", "n": 7], index: 1, count: 3)
        scope.outputs = [
            "fetch": [
                "stepId": "fetch", "plugin": "helpdesk", "action": "list",
                "data": [
                    "items": [["id": 1, "tags": ["x"]], ["id": 2, "tags": ["y", "z"]]],
                    "two words": true, "urgent_count": 2, "action": "inner",
                ],
                "metadata": ["success": true, "itemCount": 2],
            ],
            "list": ["stepId": "list", "data": ["p", "q"]],
            "gone": nil,
        ]
        return scope
    }()

    @Test(
        "a string that is one reference becomes its value and keeps the type",
        arguments: [
            ("{{input.limit}}", 5), ("{{ inputs.limit }}", 5), ("{{input.user-name}}", "Ann"),
            ("{{var.b}}", "B"), ("{{current.body}}", "Hi"), ("{{item.n}}", 7), ("{{index}}", 1),
            ("{{loop.index}}", 1), ("{{loop.count}}", 3), ("{{loop.item.n}}", 7),
            ("{{fetch.data.urgent_count}}", 2), ("{{fetch.urgent_count}}", 2),
            ("{{fetch.items[1].id}}", 2), ("{{fetch.items.1.id}}", 2),
            ("{{fetch.data.items[*].id}}", [1, 2]), ("{{fetch.items[*].tags[0]}}", ["x", "y"]),
            ("{{fetch[\"two words\"]}}", true), ("{{fetch.items.length}}", 2),
            ("{{fetch.plugin}}", "helpdesk"), ("{{fetch.action}}", "list"),
            ("{{fetch.data.action}}", "inner"), ("{{fetch.metadata.itemCount}}", 2),
            ("{{list[1]}}", "q"), ("{{list.data}}", ["p", "q"]),
            ("{{input.missing}}", nil), ("{{input.missing.deeper}}", nil), ("{{var.none}}", nil),
            ("{{fetch.items[9].id}}", nil), ("{{fetch.urgent_count.x}}", nil),
            ("{{fetch.urgent_count[*]}}", nil), ("{{gone.data.x}}", nil),
        ] as [(String, JSONValue)])
    func values(text: String, expected: JSONValue) throws {
        #expect(try Self.scope.render(text) == expected)
    }

    @Test(
        "a reference within a text becomes text, what is no scalar as JSON",
        arguments: [
            ("{{input.a}} {{var.b}}", "A B"), ("n={{input.limit}}", "n=5"),
            ("{{fetch.items[0]}}!", #"{"id":1,"tags":["x"]}!"#), ("[{{input.empty}}]", "[null]"),
            ("no references", "no references"), ("a } b }} c { d", "a } b }} c { d"), ("", ""),
        ])
    func texts(text: String, expected: String) throws {
        #expect(try Self.scope.render(text) == .string(expected))
    }

    @Test(
        "a reference that names nothing, or is none, is an error",
        arguments: [
            "{{nothere.x}}", "{{limit}}", "x {{nothere}} y", "{{", "{{}}", "{{ a b }}", "{{a.}}",
            "{{a[-1]}}", "{{a[x]}}", "{{a[0}}", "{{input.a}", "{{#each a}}",
        ])
    func errors(text: String) {
        let failure = #expect(throws: RunFailure.self) { try Self.scope.render(text) }
        #expect(failure?.code == "VARIABLE_RESOLUTION_ERROR")
        #expect(failure?.failureClass == .invalidPayload)
    }

    @Test(
        "outside of a loop its roots do not exist", arguments: ["current", "item", "index", "loop"])
    func noLoop(root: String) {
        let scope = Scope(inputs: [:])
        #expect(throws: RunFailure.self) { try scope.render("{{\(root)}}") }
    }

    @Test("references are replaced at every depth, and what they bring in is not read again")
    func nested() throws {
        var scope = Scope(inputs: ["sly": "{{input.secret}}", "secret": "s"])
        scope.variables = ["n": 1]
        let rendered = try scope.render(["a": ["{{input.sly}}", 2, nil], "b": ["c": "{{var.n}}"]])
        #expect(rendered == ["a": ["{{input.secret}}", 2, nil], "b": ["c": 1]])
    }

    @Test(
        "a field may be a bare reference, and is itself when its root does not exist",
        arguments: [
            ("fetch.data.urgent_count", 2), ("{{fetch.urgent_count}}", 2), ("plain", "plain"),
            ("two words", "two words"), (3, 3),
        ] as [(JSONValue, JSONValue)])
    func fields(field: JSONValue, expected: JSONValue) throws {
        #expect(try Self.scope.renderField(field) == expected)
    }
}
