import JSON
import Testing

@testable import Models

@Suite("The schema for structured output")
struct StructuredOutputSchemaTests {
    private func prepared(
        _ schema: JSONValue, _ names: [String], required: [String] = []
    ) -> JSONValue? {
        StructuredOutputSchema(schema).prepared(properties: names, required: required)
    }

    @Test("closes the root and requires every property, the optional ones as null")
    func root() {
        let schema: JSONValue = [
            "properties": [
                "a": ["type": "string", "maxLength": 5, "description": "An a.", "pattern": "x"],
                "b": ["type": "number", "minimum": 0, "maximum": 1.5, "default": 1],
                "c": ["type": "string", "enum": ["x", "y"]],
                "d": ["type": "string"],
            ]
        ]
        #expect(
            prepared(schema, ["a", "b", "c"], required: ["a"]) == [
                "type": "object", "required": ["a", "b", "c"], "additionalProperties": false,
                "properties": [
                    "a": ["type": "string", "description": "An a. At most 5 characters."],
                    "b": ["type": ["number", "null"], "description": "At least 0. At most 1.5."],
                    "c": ["type": ["string", "null"], "enum": ["x", "y", nil]],
                ],
            ])
    }

    @Test("closes nested objects in arrays too")
    func nested() {
        let schema: JSONValue = [
            "properties": [
                "list": [
                    "type": "array",
                    "items": [
                        "type": "object", "required": ["n"],
                        "properties": ["n": ["type": "string"], "m": ["type": "integer"]],
                    ],
                ]
            ]
        ]
        #expect(
            prepared(schema, ["list"], required: ["list"])?["properties"]?["list"]?["items"] == [
                "type": "object", "required": ["n", "m"], "additionalProperties": false,
                "properties": ["n": ["type": "string"], "m": ["type": ["integer", "null"]]],
            ])
    }

    @Test("keeps unions and references to definitions")
    func references() {
        let schema: JSONValue = [
            "$defs": ["t": ["type": "string", "format": "uri"]],
            "properties": [
                "a": ["$ref": "#/$defs/t"], "b": ["oneOf": [["type": "string"], ["const": 1]]],
            ],
        ]
        let result = prepared(schema, ["a", "b"], required: ["b"])
        #expect(result?["$defs"] == ["t": ["type": "string"]])
        #expect(
            result?["properties"]?["a"] == ["anyOf": [["$ref": "#/$defs/t"], ["type": "null"]]])
        #expect(result?["properties"]?["b"] == ["anyOf": [["type": "string"], ["enum": [1]]]])
    }

    static let inexpressible: [JSONValue] = [
        true, [:], ["type": "object"], ["type": "array"], ["$ref": "#/properties/x"],
        ["type": "array", "items": true], ["anyOf": [["type": "string"], true]],
    ]

    @Test("leaves out what it cannot express", arguments: inexpressible)
    func leftOut(part: JSONValue) {
        let schema: JSONValue = ["properties": ["x": part, "y": ["type": "string"]]]
        #expect(prepared(schema, ["x", "y"])?["properties"]?.objectValue?.keys == ["y"])
        #expect(prepared(schema, ["x"]) == nil)
    }

    @Test("is none beyond the provider's limits")
    func limits() {
        let values = (0...1_000).map { JSONValue.string("v\($0)") }
        let schema: JSONValue = ["properties": ["x": ["enum": .array(values)]]]
        #expect(prepared(schema, ["x"], required: ["x"]) == nil)
        var deep: JSONValue = ["type": "string"]
        for _ in 0..<10 { deep = ["type": "object", "properties": ["x": deep]] }
        #expect(prepared(["properties": ["x": deep]], ["x"]) == nil)
    }

    @Test("the whole schema is prepared, or none of it")
    func whole() {
        let schema: JSONValue = [
            "type": "object", "required": ["a"],
            "properties": ["a": ["type": "string"], "b": ["type": "integer"]],
        ]
        let prepared = StructuredOutputSchema(schema).prepared()
        #expect(prepared?["required"] == ["a", "b"])
        #expect(prepared?["properties"]?["b"] == ["type": ["integer", "null"]])
        var open = schema
        open["properties"]?["b"] = ["type": "object"]
        #expect(StructuredOutputSchema(open).prepared() == nil)
        #expect(StructuredOutputSchema(["type": "string"]).prepared() == nil)
    }

    @Test("a format is strict when its schema allows it, under a name the providers take")
    func format() {
        let closed: JSONValue = ["properties": ["a": ["type": "string"]], "required": ["a"]]
        #expect(
            ResponseFormat.structured(name: "step 1: größe", schema: closed)
                == .jsonSchema(
                    name: "step_1__gr__e",
                    schema: [
                        "type": "object", "properties": ["a": ["type": "string"]],
                        "required": ["a"], "additionalProperties": false,
                    ], strict: true))
        #expect(
            ResponseFormat.structured(name: "", schema: ["type": "array"])
                == .jsonSchema(name: "reply", schema: ["type": "array"], strict: false))
    }
}
