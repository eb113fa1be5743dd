/// Names and sizes of files.
enum FileRules {
    static let maxLines = 450

    /// Words in a file's name that say nothing about what is in it.
    private static let emptyWords: Set<Substring> = [
        "Common", "Helper", "Helpers", "Legacy", "Manager", "New", "Util", "Utils",
    ]

    static func name(of file: SourceFile) -> [Violation] {
        file.stem.matches(of: #/[A-Z][a-z0-9]*/#).map(\.output).filter(emptyWords.contains).map {
            Violation(file, 1, "a file is named for what is in it, not '\($0)'")
        }
    }

    static func length(of file: SourceFile) -> [Violation] {
        let count = file.lines.last?.isEmpty == true ? file.lines.count - 1 : file.lines.count
        if count <= maxLines { return [] }
        return [Violation(file, count, "\(count) lines, over \(maxLines)")]
    }

    /// The settings a file names that the documentation does not.
    static func undocumentedSettings(in file: SourceFile, readme: String) -> [Violation] {
        var found: [Violation] = []
        for (offset, line) in file.lines.enumerated() where line.holds("AGENT_WORKER_") {
            for match in line.matches(of: #/AGENT_WORKER_[A-Z0-9_]*[A-Z0-9]/#) {
                let pattern = "\(match.output)"
                if readme.contains(pattern) { continue }
                found.append(Violation(file, offset + 1, "README.md does not document \(pattern)"))
            }
        }
        return found
    }
}
