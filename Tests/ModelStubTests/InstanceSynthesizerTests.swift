import JSON
import Testing

@testable import model_stub

@Suite("Instances of schemas")
struct InstanceSynthesizerTests {
    @Test(
        "an instance fits its schema",
        arguments: [
            (#"{"type":"string"}"#, #""sample value""#),
            (#"{"type":"string","maxLength":3}"#, #""sam""#),
            (#"{"type":"string","minLength":15}"#, #""sample value te""#),
            (#"{"type":"string","format":"date"}"#, #""2026-01-15""#),
            (#"{"enum":["b","a"]}"#, #""b""#),
            (#"{"const":[1]}"#, "[1]"),
            (#"{"type":"integer"}"#, "1"),
            (#"{"type":"integer","exclusiveMinimum":4}"#, "5"),
            (#"{"type":"integer","maximum":-3}"#, "-3"),
            (#"{"type":"integer","minimum":5,"multipleOf":4}"#, "8"),
            (#"{"type":"number","minimum":0,"maximum":0.5}"#, "0.5"),
            (#"{"type":"boolean"}"#, "true"),
            (#"{"type":["null","boolean"]}"#, "true"),
            (#"{"type":"null"}"#, "null"),
            (#"{"type":"array","items":{"type":"integer"}}"#, "[1]"),
            (#"{"type":"array","items":{"const":2},"minItems":3}"#, "[2,2,2]"),
            (#"{"type":"array","maxItems":0}"#, "[]"),
            (#"{"prefixItems":[{"const":1},{"type":"boolean"}]}"#, "[1,true]"),
            (#"{"anyOf":[{"type":"null"},{"const":3}]}"#, "3"),
            (#"{"type":"object"}"#, "{}"),
            (#"{"properties":{"a":{"const":1},"b":{"const":2}},"required":["b"]}"#, #"{"b":2}"#),
            (#"{"properties":{"a":{"const":1},"b":{"const":2}}}"#, #"{"a":1,"b":2}"#),
            (
                ##"{"$ref":"#/$defs/x","$defs":{"x":{"properties":{"y":{"const":0}}}}}"##,
                #"{"y":0}"#
            ),
            (
                #"""
                {"allOf":[{"required":["a"],"properties":{"a":{"const":1}}},
                          {"required":["b"],"properties":{"b":{"const":2}}}]}
                """#, #"{"a":1,"b":2}"#
            ),
        ])
    func instances(schema: String, expected: String) throws {
        let instance = InstanceSynthesizer(root: try JSONValue(parsing: schema)).instance()
        #expect(instance.serialized == expected)
    }

    @Test("a schema that refers to itself comes to an end")
    func recursion() throws {
        let schema = ##"{"required":["a"],"properties":{"a":{"$ref":"#"}}}"##
        let instance = InstanceSynthesizer(root: try JSONValue(parsing: schema)).instance()
        #expect(instance["a"]?["a"] != nil)
    }
}
