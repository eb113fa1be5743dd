/// A regular expression of this module's own, matched against a whole text.
struct FormatPattern: Sendable {
    private let expression: RegularExpression?

    /// `pattern` is a constant; the tests of each format notice one that does not compile.
    init(_ pattern: String) {
        expression = try? RegularExpression("^(?:\(pattern))$")
    }

    func matches(_ text: String) -> Bool {
        expression?.matches(text) == true
    }
}
