import Testing

/// A line that breaks a rule.
struct Violation: Hashable, CustomStringConvertible {
    let path: String
    let line: Int
    let message: String

    init(_ file: SourceFile, _ line: Int, _ message: String) {
        path = file.path
        self.line = line
        self.message = message
    }

    var description: String { "\(path):\(line): \(message)" }

    /// Records each as an issue of the running test.
    static func report(_ violations: [Violation]) {
        for violation in violations { Issue.record("\(violation)") }
    }
}
