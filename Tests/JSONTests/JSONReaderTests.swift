import JSON
import Testing

@Suite("typed access")
struct JSONReaderTests {
    private let reader = JSONReader(["a": [["n": 1.0, "s": "x", "b": true, "z": nil]], "d": 1.5])

    @Test("values of the expected types are read")
    func reads() throws {
        let item = try #require(try reader.required("a").array().first)
        #expect(item.path == "a.0")
        #expect(try item.required("n").int() == 1)
        #expect(try item.required("s").string() == "x")
        #expect(try item.required("b").bool())
        #expect(try item.required("z").value.isNull)
        #expect(item.optional("z") == nil)
        #expect(item.optional("missing") == nil)
        #expect(try reader.required("d").double() == 1.5)
        #expect(try item.object().count == 4)
    }

    @Test("an error names the path, what was expected and what was found")
    func errors() throws {
        let item = try #require(try reader.required("a").array().first)
        #expect(throws: JSONAccessError(path: "a.0.s", expected: "integer", found: "string")) {
            try item.required("s").int()
        }
        #expect(throws: JSONAccessError(path: "a.0.q", expected: "a value", found: "nothing")) {
            try item.required("q")
        }
        #expect(throws: JSONAccessError(path: "a", expected: "object", found: "array")) {
            try reader.required("a").required("x")
        }
        #expect(throws: JSONAccessError(path: "d", expected: "integer", found: "number")) {
            try reader.required("d").int()
        }
        #expect(
            JSONAccessError(path: "", expected: "object", found: "null").description
                == "root: expected object, found null")
    }
}
