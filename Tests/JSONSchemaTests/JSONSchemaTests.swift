import JSON
import JSONSchema
import Testing

@Suite("schemas")
struct JSONSchemaTests {
    @Test(
        "a schema that cannot be used says why",
        arguments: [
            ("1", .notASchema, "#"), (#"{"properties":{"a":3}}"#, .notASchema, "#/properties/a"),
            (#"{"type":"text"}"#, .invalidKeyword, "#/type"),
            (#"{"type":[]}"#, .invalidKeyword, "#/type"),
            (#"{"required":["a",1]}"#, .invalidKeyword, "#/required"),
            (#"{"maxLength":-1}"#, .invalidKeyword, "#/maxLength"),
            (#"{"maxLength":1.5}"#, .invalidKeyword, "#/maxLength"),
            (#"{"$defs":{},"items":{"pattern":"("}}"#, .invalidPattern, "#/items/pattern"),
            (#"{"patternProperties":{"[":true}}"#, .invalidPattern, "#/patternProperties"),
            (##"{"$ref":"#/$defs/none"}"##, .unresolvedReference, "#/$ref"),
            (#"{"$ref":"https://example.com/none"}"#, .unresolvedReference, "#/$ref"),
            (#"{"allOf":{}}"#, .invalidKeyword, "#/allOf"),
            (#"{"items":[{}]}"#, .notASchema, "#/items"),
        ] as [(String, JSONSchemaError.Code, String)])
    func unusable(text: String, code: JSONSchemaError.Code, pointer: String) throws {
        let schema = try JSONValue(parsing: text)
        let error = #expect(throws: JSONSchemaError.self) { try JSONSchema(schema) }
        #expect(error?.code == code)
        #expect(error?.pointer == pointer)
    }

    @Test(
        "a schema that never ends makes the instance invalid",
        arguments: [
            ##"{"$ref":"#"}"##, ##"{"allOf":[{"$ref":"#"},{"$ref":"#"}]}"##,
            ##"{"not":{"$ref":"#"}}"##,
            ##"{"anyOf":[{"$ref":"#"},true]}"##, ##"{"if":{"$ref":"#"},"else":true}"##,
            ##"{"$dynamicAnchor":"a","$dynamicRef":"#a"}"##,
        ])
    func endless(text: String) throws {
        let schema = try JSONSchema(JSONValue(parsing: text))
        #expect(!schema.isValid(1))
        #expect(schema.validate(1).map(\.keyword) == ["$ref"])
    }

    @Test("references that double at each level are given up")
    func exponential() throws {
        var defs = JSONObject()
        for level in 0..<40 {
            let next: JSONValue = ["$ref": .string("#/$defs/l\(level + 1)")]
            defs["l\(level)"] = ["allOf": [next, next]]
        }
        defs["l40"] = true
        let schema = try JSONSchema(["$ref": "#/$defs/l0", "$defs": .object(defs)])
        #expect(!schema.isValid(1))
    }

    @Test("a tree as deep as the parser allows is validated")
    func deepInstance() throws {
        let schema = try JSONSchema(
            ["type": "array", "items": ["allOf": [["$ref": "#"]]]])
        let text = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        #expect(schema.isValid(try JSONValue(parsing: text)))
    }

    @Test("the draft's own metaschema judges schemas")
    func metaschema() throws {
        let schema = try JSONSchema(["$ref": "https://json-schema.org/draft/2020-12/schema"])
        #expect(schema.isValid(["type": "object", "properties": ["a": ["minLength": 1]]]))
        let errors = schema.validate(["properties": ["a": ["minLength": -1, "type": "x"]]])
        #expect(errors.contains { $0.instancePath == "properties.a.minLength" })
        #expect(errors.contains { $0.instancePath == "properties.a.type" })
    }

    @Test("a required vocabulary that is unknown makes the schema unusable")
    func vocabulary() throws {
        let schema: JSONValue = ["$schema": "https://example.com/meta"]
        let meta: JSONValue = ["$vocabulary": ["https://example.com/vocab": true]]
        let error = #expect(throws: JSONSchemaError.self) {
            try JSONSchema(schema, resources: ["https://example.com/meta": meta])
        }
        #expect(error?.code == .unknownVocabulary)
    }

    @Test("an instance with a million faults gets a thousand errors")
    func manyErrors() throws {
        let schema = try JSONSchema(["items": ["type": "string"]])
        #expect(schema.validate(.array(Array(repeating: 1, count: 20_000))).count == 1000)
    }

    @Test("a costly pattern makes the instance invalid instead of hanging")
    func costlyPattern() throws {
        let text = String(repeating: "a", count: 3000) + "b"
        #expect(!(try JSONSchema(["pattern": "^(a+)+$"])).isValid(.string(text)))
        let keys = try JSONSchema(["patternProperties": ["^(a+)+$": true]])
        #expect(keys.validate(.object([text: 1])).count == 1)
    }
}
