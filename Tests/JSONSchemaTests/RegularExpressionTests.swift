import Testing

@testable import JSONSchema

@Suite("regular expressions")
struct RegularExpressionTests {
    @Test(
        "a pattern matches as ECMA-262 says",
        arguments: [
            ("^a*$", "aaa", true), ("^a*$", "aab", false), ("b", "abc", true), ("", "", true),
            ("^$", "", true), ("^$", "\n", false), ("a$", "a\n", false), ("^.$", "\r", false),
            ("^.$", "\u{85}", true), ("^.$", "😀", true), ("^\\d$", "٣", false),
            ("^\\D$", "٣", true),
            ("^\\w$", "é", false), ("^\\s$", "\u{FEFF}", true), ("^\\s$", "\u{85}", false),
            ("^\\p{Letter}+$", "Ünïcödé", true), ("^\\p{Lu}\\P{Lu}$", "Éé", true),
            ("^[a-z0-9-]+$", "a-1", true), ("^[a-z0-9-]+$", "A", false), ("^[^a-c]$", "d", true),
            ("^[]$", "a", false), ("^[^]$", "\n", true), ("^[\\d\\-x]$", "-", true),
            ("^[a&&b[]$", "[", true), ("^[\\b]$", "\u{8}", true), ("^[^\\s\\d]$", "1", false),
            ("^(a|ab)(c|bcd)$", "abcd", true), ("^(?:a|b){2,3}$", "ab", true),
            ("^(?:a|b){2,3}$", "abab", false), ("^a{2}$", "aa", true), ("^a{2}$", "aaa", false),
            ("^a{2,}b$", "aaab", true), ("^a{x$", "a{x", true), ("^{}$", "{}", true),
            ("^a+?b", "aab", true), ("^a??a$", "a", true), ("^(a*)*$", "b", false),
            ("^(a*)+$", "aa", true),
            ("^(?:)*x$", "x", true), ("^(?:(?:){9999}){9999}$", "", true),
            ("^(a)\\1$", "aa", true), ("^(?<n>.)\\k<n>$", "xx", true),
            ("^(?:(a)|b)\\1$", "b", true),
            ("^(?=ab)a", "ab", true), ("^(?!ab)a", "ab", false), ("(?<=a)b", "ab", true),
            ("(?<!a)b", "ab", false), ("(?<!a)b", "cb", true), ("^(?=(a+))\\1$", "aaa", true),
            ("\\bfoo\\b", "a foo!", true), ("\\bfoo\\b", "food", false), ("\\Boo", "foo", true),
            ("^\\u0041\\x42\\cJ\\t$", "AB\n\t", true), ("^\\ud83d\\ude00$", "😀", true),
            ("^\\u{1F600}$", "😀", true), ("^\\/\\.\\*$", "/.*", true), ("^[\\]]$", "]", true),
            ("^(?:a{0,2}){3}$", "aaaaaa", true), ("^(?:a{0,2}){3}$", "aaaaaaa", false),
            ("^(?!.*(?:^|\\n)##? ).*", "# x", false), ("^x{0,20000}$", "xx", true),
        ])
    func matching(pattern: String, text: String, expected: Bool) throws {
        #expect(try RegularExpression(pattern).matches(text) == expected)
    }

    @Test(
        "a pattern that is none is refused",
        arguments: [
            "(", ")", "[", "a**", "*", "+a", "?", "^*", "\\", "\\a", "\\1", "(?<n>a)(?<n>b)",
            "\\k<x>",
            "[b-a]", "[\\d-z]", "a{3,2}", "\\p{Klingon}", "\\u12", "\\xg1", "(?i)a", "\\c1",
            "\\ud800",
            "(?:(?:ab){999}){999}", "(?:ab){0,99999}",
            String(repeating: "(", count: 5000) + String(repeating: ")", count: 5000),
        ])
    func refused(pattern: String) {
        #expect(throws: RegexSyntaxError.self) { try RegularExpression(pattern) }
    }

    @Test(
        "a pattern that would backtrack without end is given up",
        arguments: [
            "^(a+)+$", "^(a|a)*$", "^(?:a*)*c$", "^(.*a){20}$", "^(?=(a+)+$)", "(?<=^(a+)+c)b",
        ])
    func hostile(pattern: String) throws {
        let text = String(repeating: "a", count: 5000) + "b"
        #expect(try RegularExpression(pattern).matches(text) != true)
    }

    @Test("a long text is matched in one pass")
    func long() throws {
        let text = String(repeating: "a", count: 200_000)
        #expect(try RegularExpression("^[a-z]+$").matches(text) == true)
        #expect(try RegularExpression("^(?:[a-z])+$").matches(text) == true)
        #expect(try RegularExpression("^[^#]*$").matches(text) == true)
    }
}
