import JSON
import JSONSchema
import Testing

@Suite("error texts")
struct ErrorTextTests {
    private func errors(_ schema: String, _ instance: String) throws -> [ValidationError] {
        try JSONSchema(JSONValue(parsing: schema), assertsFormat: true)
            .validate(JSONValue(parsing: instance))
    }

    @Test(
        "each keyword has its sentence",
        arguments: [
            (
                #"{"required":["name","model","purpose"]}"#, #"{"model":1}"#,
                "Missing required fields: name, purpose"
            ),
            (
                #"{"properties":{"a":true},"additionalProperties":false}"#, #"{"a":1,"x":1}"#,
                "Unexpected properties: x"
            ),
            (
                #"{"properties":{"a":true},"additionalProperties":false}"#, #"{"x":1,"y":2}"#,
                "Unexpected properties: x,y"
            ),
            (#"{"unevaluatedProperties":false}"#, #"{"x":1,"y":2}"#, "Unexpected properties: x,y"),
            (#"{"type":"string"}"#, "1", "Field 'root' should be string, got int"),
            (#"{"type":"integer"}"#, "1.5", "Field 'root' should be integer, got float"),
            (
                #"{"type":["null","object"]}"#, "[]",
                "Field 'root' should be object or null, got list"
            ),
            (#"{"type":"array"}"#, "null", "Field 'root' should be array, got NoneType"),
            (#"{"type":"array"}"#, "true", "Field 'root' should be array, got bool"),
            (
                #"{"properties":{"a":{"type":"object"}}}"#, #"{"a":"x"}"#,
                "Field 'a' should be object, got str"
            ),
            (
                #"{"properties":{"a":{"type":"number"}}}"#, #"{"a":{}}"#,
                "Field 'a' should be number, got dict"
            ),
            (
                #"{"properties":{"autonomous":{"items":{"properties":{"name":{"maxLength":3}}}}}}"#,
                #"{"autonomous":[{"name":"long"}]}"#,
                "Field 'autonomous.0.name' length invalid (max 3, got 4)"
            ),
            (#"{"minLength":2}"#, #""é""#, "Field 'root' length invalid (min 2, got 1)"),
            (
                #"{"enum":["public","private",1]}"#, #""x""#,
                "Field 'root' must be one of: public, private, 1"
            ),
            (#"{"pattern":"^a"}"#, #""x""#, "Field 'root' does not match required pattern"),
            (
                #"{"maximum":1.5}"#, "1.7",
                "Validation error in 'root': 1.7 is greater than the maximum of 1.5"
            ),
            (
                #"{"items":{"minimum":0}}"#, "[-0.5]",
                "Validation error in '0': -0.5 is less than the minimum of 0"
            ),
            (#"{"format":"uri"}"#, #""x y""#, "Validation error in 'root': not a valid uri"),
            (#"{"minItems":2}"#, "[1]", "Validation error in 'root': too few items (min 2, got 1)"),
            (
                #"{"prefixItems":[true],"items":false}"#, "[1,2]",
                "Validation error in 'root': too many items (max 1, got 2)"
            ),
            (#"{"const":{"a":1}}"#, "2", #"Validation error in 'root': must be {"a":1}"#),
            (
                #"{"dependentRequired":{"a":["b","c"]}}"#, #"{"a":1,"c":1}"#,
                "Missing required fields: b"
            ),
            (
                #"{"properties":{"a":false}}"#, #"{"a":1}"#,
                "Validation error in 'a': no value is allowed here"
            ),
            (#"{"not":{}}"#, "1", "Validation error in 'root': matches what is not allowed"),
            (
                #"{"oneOf":[{},true]}"#, "1",
                "Validation error in 'root': matches 2 alternatives, not one"
            ),
            (
                #"{"anyOf":[{"type":"null"},{"type":"object","required":["a"]}]}"#, "{}",
                "Validation error in 'root': matches none of 2 alternatives; closest: Missing required fields: a"
            ),
            (
                #"{"anyOf":[{"type":"null"},{"type":"object"}]}"#, "1",
                "Validation error in 'root': matches none of 2 alternatives"
            ),
            (
                #"{"contains":{"const":1},"minContains":2}"#, "[1,2]",
                "Validation error in 'root': number of matching items invalid (min 2, got 1)"
            ),
        ])
    func sentences(schema: String, instance: String, message: String) throws {
        #expect(try errors(schema, instance).map(\.message) == [message])
    }

    @Test("every error is reported with its paths")
    func allErrors() throws {
        let found = try errors(
            ##"""
            {"$id":"https://example.com/agent","type":"object","required":["name","b"],
             "properties":{"name":{"$ref":"#/$defs/s"},"l":{"items":{"type":"string"}},"a/b":{"type":"null"}},
             "$defs":{"s":{"type":"string","maxLength":1}},"additionalProperties":false}
            """##, #"{"name":"xx","l":["y",1,null],"a/b":0,"zz":1}"#)
        #expect(
            found.map { [$0.keyword, $0.instancePath, $0.instancePointer, $0.schemaPointer] } == [
                ["required", "root", "", "https://example.com/agent#/required"],
                ["maxLength", "name", "/name", "https://example.com/agent#/$defs/s/maxLength"],
                ["type", "l.1", "/l/1", "https://example.com/agent#/properties/l/items/type"],
                ["type", "l.2", "/l/2", "https://example.com/agent#/properties/l/items/type"],
                ["type", "a/b", "/a~1b", "https://example.com/agent#/properties/a~1b/type"],
                [
                    "additionalProperties", "root", "",
                    "https://example.com/agent#/additionalProperties",
                ],
            ])
    }
}
