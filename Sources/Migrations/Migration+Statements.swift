extension Migration {
    /// The file's statements, for one that cannot run in a transaction: the server would wrap
    /// several sent at once into one. A statement ends with a semicolon at the end of a line, but
    /// not between two lines with `$$`.
    public var statements: [String] {
        var statements: [String] = []
        var current: [Substring] = []
        var isQuoted = false
        for line in sql.split(separator: "\n") where !line.hasPrefix("--") {
            current.append(line)
            if line.contains("$$") { isQuoted.toggle() }
            if !isQuoted, line.hasSuffix(";") {
                statements.append(current.joined(separator: "\n"))
                current = []
            }
        }
        return current.isEmpty ? statements : statements + [current.joined(separator: "\n")]
    }
}
