/// One SQL statement with its parameters `$1…$n`.
///
/// The SQL is a literal of the program; values go into `parameters` only. A text parameter and a
/// NULL take the type the statement gives them, so write a cast (`$3::text`) where the context
/// gives none.
public struct PostgresCommand: Sendable {
    public let sql: String
    public let parameters: [PostgresParameter]

    public init(_ sql: String, _ parameters: [PostgresParameter] = []) {
        self.sql = sql
        self.parameters = parameters
    }

    /// The statement's beginning on one line, for errors.
    var summary: String {
        Self.summary(of: sql)
    }

    static func summary(of sql: String) -> String {
        let limit = 80
        let words = sql.prefix(400).split(whereSeparator: \.isWhitespace)
        let line = words.joined(separator: " ")
        return line.count <= limit ? line : line.prefix(limit) + "…"
    }
}
