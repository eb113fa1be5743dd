/// One forward-only step of the schema: a file of `migrations/`, embedded.
public struct Migration: Sendable {
    public let version: Int
    /// The file's name without `.sql`.
    public let name: String
    public let sql: String

    /// False for a file that is named so: its statements run one by one, each by itself.
    public var runsInTransaction: Bool { !name.hasSuffix(".no_transaction") }

    /// The names of the functions that it makes.
    public var functions: [String] {
        sql.split(separator: "\n").compactMap { line in
            let mark = "CREATE OR REPLACE FUNCTION "
            guard line.hasPrefix(mark) else { return nil }
            return line.dropFirst(mark.count).split(separator: "(").first.map(String.init)
        }
    }

    init(name: String, sql: String) {
        version = Int(name.prefix(4)) ?? 0
        self.name = name
        self.sql = sql
    }
}
