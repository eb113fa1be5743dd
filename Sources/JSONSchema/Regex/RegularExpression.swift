/// A regular expression in the dialect of ECMA-262, compiled once.
///
/// Not Swift's `Regex`: that one reads another dialect, and a pattern made to backtrack without end
/// cannot be stopped there. Schemas come from users and texts from models.
struct RegularExpression: Sendable {
    /// Steps before a match is given up, a few tens of milliseconds.
    private static let budget = 1_000_000

    private let program: RegexProgram

    init(_ pattern: String) throws(RegexSyntaxError) {
        program = try RegexProgram(pattern: pattern)
    }

    /// Whether the pattern matches anywhere in the text; nil when finding out costs too much.
    func matches(_ text: String) -> Bool? {
        var matcher = RegexMatcher(program: program, text: text, budget: Self.budget)
        return matcher.matches()
    }
}
