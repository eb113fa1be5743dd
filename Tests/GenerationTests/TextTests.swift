import JSON
import Testing

@testable import Generation

@Suite("Texts")
struct TextTests {
    @Test(
        "only a heading of level 1 or 2 at the start of a line is too high",
        arguments: [
            ("# x", true), ("## x", true), ("a\n# x", true), ("a\n\n## T", true),
            ("a\r\n# x", true), ("# ", true), ("#", false), ("##", false), ("##x", false),
            ("####", false), ("### x", false), (" # x", false), ("a # x", false), ("", false),
            ("#x\n##y", false),
        ])
    func headings(text: String, isTooHigh: Bool) {
        #expect(Headings.areTooHigh(in: text) == isTooHigh)
        #expect(!Headings.areTooHigh(in: Headings.lowered(text)))
        #expect((Headings.lowered(text) == text) == !isTooHigh)
    }

    @Test("lowering headings loses nothing")
    func lowering() {
        #expect(
            Headings.lowered("# Über\r\ntext\n## b\n\n### c\n#d")
                == "### Über\r\ntext\n### b\n\n### c\n#d")
    }

    @Test(
        "a text is cut between words where that keeps half, at whole characters",
        arguments: [
            ("short", 10, "short"), ("hello wide world", 12, "hello wide"),
            ("hello wide world", 10, "hello wide"), ("a longwordindeed", 8, "a longwo"),
            ("eee\u{301}\u{301}", 4, "ee"), ("👩‍👩‍👧x", 3, ""), ("exactly ten", 11, "exactly ten"),
        ])
    func cut(text: String, limit: Int, kept: String) {
        #expect(text.cut(to: limit) == kept)
        #expect(text.cut(to: limit).unicodeScalars.count <= limit)
    }

    @Test(
        "a reply's object is found bare or in a fence",
        arguments: [
            (#"{"a":1}"#, true), (" \n{\"a\":1}\n", true), ("```json\n{\"a\":1}\n```", true),
            ("```\n{\"a\":1}\n```\n", true), ("Here it is:\n```json\n{\"a\":1}\n```\nDone.", true),
            ("Here it is: {\"a\":1}", false), ("```\n1\n```\n```\n2\n```", false),
            (#"{"a":1"#, false), ("```json\r\n{\"a\":\r\n1}\r\n```", true),
        ])
    func reply(text: String, isFound: Bool) {
        let object = try? ReplyText.object(in: text).get()
        #expect(object == (isFound ? ["a": 1] : nil))
    }

    @Test("a line separator inside a fenced string stays where it is")
    func separator() throws {
        let object = try ReplyText.object(in: "```\n{\"a\":\"x\u{2028}y\"}\n```").get()
        #expect(object == ["a": "x\u{2028}y"])
    }

    @Test(
        "what holds no object says so",
        arguments: [
            (nil, "the reply is empty"), ("  ", "the reply is empty"),
            ("[]", "the reply must be a JSON object, not array"),
            ("Sure!", "the reply is not JSON: unexpected character at byte 0"),
        ])
    func fault(text: String?, message: String) {
        #expect(throws: ReplyFault(message)) { try ReplyText.object(in: text).get() }
    }
}
