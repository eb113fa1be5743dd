/// What must not be left in the code.
enum LeftoverRules {
    /// Notes of unfinished work, in any text file.
    static func notes(in file: SourceFile) -> [Violation] {
        var found: [Violation] = []
        let word = #/\b(TODO|FIXME|XXX)\b/#.wordBoundaryKind(.simple)
        for (offset, line) in file.lines.enumerated() {
            guard line.holds("TODO") || line.holds("FIXME") || line.holds("XXX"),
                let note = line.firstMatch(of: word)
            else { continue }
            found.append(Violation(file, offset + 1, "leftover \(note.output.1)"))
        }
        return found
    }

    private static let forbiddenCalls: [StaticString] = [
        "try!", "Task.detached", "fatalError(\"not",
    ]

    /// Calls that have no place in shipping code.
    static func calls(in file: SourceFile) -> [Violation] {
        var found: [Violation] = []
        for (number, text) in file.code {
            for call in forbiddenCalls where text.holds(call) {
                found.append(Violation(file, number, "leftover \(call)"))
            }
            if !ImportRules.executables.contains(file.module),
                text.holds("print("), text.contains(#/(^|[^\w.])print\(/#)
            {
                found.append(Violation(file, number, "only programs print"))
            }
        }
        return found
    }

    /// Claims of thread safety that the compiler cannot check and no comment explains.
    static func uncheckedSendable(in file: SourceFile) -> [Violation] {
        file.code.compactMap { number, text in
            guard text.holds("@unchecked Sendable") else { return nil }
            let context = file.lines[max(0, number - 4)..<number]
            if context.contains(where: { $0.holds("//") }) { return nil }
            return Violation(file, number, "@unchecked Sendable without a comment that says why")
        }
    }

    /// Tests that wait for time to pass instead of an event.
    static func sleeps(in file: SourceFile) -> [Violation] {
        let call = #/\b(Task\.sleep|(u|nano)?sleep\()/#.wordBoundaryKind(.simple)
        return file.code.compactMap { number, text in
            guard text.holds("sleep"), text.contains(call) else { return nil }
            return Violation(file, number, "a test waits for events, it does not sleep")
        }
    }
}
