import JSON
import Testing

@Suite("values")
struct JSONValueTests {
    @Test("objects are equal regardless of order, and hash alike")
    func objects() throws {
        let left = try JSONValue(parsing: #"{"a":1,"b":[{"c":1.0,"d":null}]}"#)
        let right = try JSONValue(parsing: #"{"b":[{"d":null,"c":1}],"a":10e-1}"#)
        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
        #expect(left.canonical == right.canonical)
        #expect(left.canonical == #"{"a":1,"b":[{"c":1,"d":null}]}"#)
    }

    @Test(
        "values of different kinds or content are not equal",
        arguments: [
            ("1", "true"), ("0", "false"), ("null", "false"), ("\"1\"", "1"), ("[]", "{}"),
            ("[1,2]", "[2,1]"), (#"{"a":1}"#, #"{"a":1,"b":2}"#), (#"{"a":1}"#, #"{"b":1}"#),
            ("\"e\u{301}\"", "\"\u{E9}\""),
        ])
    func inequality(left: String, right: String) throws {
        #expect(try JSONValue(parsing: left) != JSONValue(parsing: right))
    }

    @Test("keys that differ only in normalisation are different members")
    func normalisation() throws {
        let value = try JSONValue(parsing: "{\"e\u{301}\":1,\"\u{E9}\":2}")
        #expect(value.objectValue?.count == 2)
        #expect(value["\u{E9}"] == 2)
        #expect(value["e\u{301}"] == 1)
    }

    @Test("literals make values")
    func literals() {
        let value: JSONValue = ["n": nil, "b": true, "i": 1, "d": 1.5, "s": "x", "a": [1, "y"]]
        #expect(value.serialized == #"{"n":null,"b":true,"i":1,"d":1.5,"s":"x","a":[1,"y"]}"#)
    }

    @Test("access by key and index gives nil where there is nothing")
    func access() throws {
        var value: JSONValue = ["a": ["x", 2]]
        #expect(value["a"]?[0] == "x")
        #expect(value["a"]?[2] == nil)
        #expect(value["a"]?[-1] == nil)
        #expect(value["b"] == nil)
        #expect(value["a"]?["x"] == nil)
        value["b"] = .null
        #expect(value["b"]?.isNull == true)
        value["a"] = nil
        #expect(value == ["b": nil])
        var text: JSONValue = "text"
        text["a"] = 1
        #expect(text == "text")
    }

    @Test("the pretty text nests by two spaces")
    func pretty() throws {
        let value = try JSONValue(parsing: #"{"a":[1,{}],"b":[]}"#)
        #expect(
            value.prettyPrinted == """
                {
                  "a": [
                    1,
                    {}
                  ],
                  "b": []
                }
                """)
    }

    @Test("type names are JSON's")
    func typeNames() throws {
        let all = try JSONValue(parsing: #"[null,true,1,"",[],{}]"#)
        #expect(
            all.arrayValue?.map(\.typeName) == [
                "null", "boolean", "number", "string", "array", "object",
            ])
    }
}
