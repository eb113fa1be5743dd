import JSON
import Testing

@testable import Tools

@Suite("Counting what an answer returned")
struct ItemCountTests {
    @Test(
        "lists count their elements, empty things nothing, a text once",
        arguments: [
            (#"[1,2,3]"#, 3), ("[]", 0), (#"{"emails":[1,2]}"#, 2), (#"{"emails":[]}"#, 0),
            (#"{"items":[1],"results":[1,2]}"#, 1), (#"{"items":3,"results":[1,2]}"#, 2),
            (#"{"contacts":[1]}"#, 1), (#"{"events":[1,1]}"#, 2), (#"{"other":[1,2,3]}"#, 1),
            ("{}", 0), ("null", 0), (#""a long text""#, 1), (#""""#, 0), ("7", 1), ("false", 1),
        ])
    func count(text: String, expected: Int) throws {
        #expect(ItemCount.of(try JSONValue(parsing: text)) == expected)
    }
}
