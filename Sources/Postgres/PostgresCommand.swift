/// One SQL statement with its parameters `$1…$n`.
///
/// The SQL is a literal of the program; values go into `parameters` only. A text parameter and a
/// NULL take the type the statement gives them, so write a cast (`$3::text`) where the context
/// gives none.
public struct PostgresCommand: Sendable {
    /// The statement's text.
    public let sql: String
    /// The values of `$1…$n`, in order.
    public let parameters: [PostgresParameter]

    /// A statement with its values.
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

    /// Whether it is a COMMIT under any of its names, after which a lost answer leaves the outcome
    /// unknown.
    var endsTransaction: Bool {
        let word = sql.drop(while: \.isWhitespace).prefix { $0.isLetter }.uppercased()
        return word == "COMMIT" || word == "END" || word == "PREPARE"
    }
}
