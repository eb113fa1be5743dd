import JSON
import Testing

@Suite("storable")
struct JSONStorableTests {
    @Test(
        "what jsonb cannot hold is replaced",
        arguments: [
            (#"{"a\u0000":"b\u0000c"}"#, "{\"a\u{FFFD}\":\"b\u{FFFD}c\"}"),
            (
                "[1e131071,1e131072,-1e-16383,1e-16384]",
                #"[1e131071,"1e131072",-1e-16383,"1e-16384"]"#
            ),
            ("[1e999999999,0e999999999]", #"["1e999999999","0e999999999"]"#),
            ("[1e99999999999999999999]", #"["1e99999999999999999999"]"#),
            ("[1.5,-0,12345678901234567890]", "[1.5,-0,12345678901234567890]"),
        ])
    func replacements(text: String, stored: String) throws {
        #expect(try JSONValue(parsing: text).storable().serialized == stored)
    }

    @Test("what is nested deeper than 100 levels becomes a marker")
    func depth() throws {
        func nested(_ levels: Int, _ core: String) -> String {
            String(repeating: "[", count: levels) + core + String(repeating: "]", count: levels)
        }
        let fits = try JSONValue(parsing: nested(100, "1"))
        #expect(fits.storable() == fits)
        #expect(
            try JSONValue(parsing: nested(128, "")).storable().serialized
                == nested(100, "\"[nested too deeply to store]\""))
    }
}
