/// A statement as the server's log shows it, with the values of its parameters.
struct LoggedStatement: Sendable, Hashable {
    let sql: String
    /// In order, as text; nil for NULL.
    let parameters: [String?]

    /// Reads the prepared statements of a log written with `log_statement = all`: a line
    /// `… LOG:  execute NAME: SQL`, its continuation lines beginning with a tab, and
    /// `… DETAIL:  parameters: $1 = 'value', $2 = NULL`.
    static func read(_ log: String) -> [LoggedStatement] {
        var found: [LoggedStatement] = []
        for entry in entries(of: log) {
            if let mark = entry.firstRange(of: "LOG:  execute "),
                let colon = entry[mark.upperBound...].firstRange(of: ": ")
            {
                found.append(
                    LoggedStatement(sql: String(entry[colon.upperBound...]), parameters: []))
            } else if let mark = entry.firstRange(of: "DETAIL:  parameters: "),
                let last = found.popLast()
            {
                found.append(
                    LoggedStatement(
                        sql: last.sql, parameters: values(String(entry[mark.upperBound...]))))
            }
        }
        return found
    }

    /// Lines with those that continue them.
    private static func entries(of log: String) -> [String] {
        var entries: [String] = []
        for line in log.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("\t"), let last = entries.popLast() {
                entries.append(last + "\n" + line.dropFirst())
            } else {
                entries.append(String(line))
            }
        }
        return entries
    }

    /// The values of `$1 = 'it''s', $2 = NULL`: quotes are doubled within.
    private static func values(_ text: String) -> [String?] {
        var values: [String?] = []
        var rest = Substring(text)
        while let sign = rest.firstRange(of: " = ") {
            rest = rest[sign.upperBound...]
            guard rest.first == "'" else {
                values.append(nil)
                continue
            }
            rest.removeFirst()
            var value = ""
            while let quote = rest.firstIndex(of: "'") {
                value += rest[..<quote]
                rest = rest[rest.index(after: quote)...]
                guard rest.first == "'" else { break }
                value += "'"
                rest.removeFirst()
            }
            values.append(value)
        }
        return values
    }
}
