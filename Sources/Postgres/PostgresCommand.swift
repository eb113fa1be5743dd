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

    /// Made for every exchange, so by bytes: a walk over characters took a tenth of a worker's time.
    static func summary(of sql: String) -> String {
        let limit = 80
        var line: [UInt8] = []
        line.reserveCapacity(limit + 1)
        var isBetweenWords = false
        for byte in sql.utf8 {
            guard !isSpace(byte) else {
                isBetweenWords = !line.isEmpty
                continue
            }
            if isBetweenWords { line.append(UInt8(ascii: " ")) }
            isBetweenWords = false
            line.append(byte)
            if line.count > limit {
                return String(decoding: line.prefix(limit), as: UTF8.self) + "…"
            }
        }
        return String(decoding: line, as: UTF8.self)
    }

    /// Whether it is a COMMIT under any of its names, after which a lost answer leaves the outcome
    /// unknown.
    var endsTransaction: Bool {
        let word = String(
            decoding: sql.utf8.lazy.drop(while: Self.isSpace).prefix(10)
                .prefix { (0x61...0x7a).contains($0 | 0x20) }, as: UTF8.self)
        return ["COMMIT", "END", "PREPARE"].contains(word.uppercased())
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0d).contains(byte)
    }
}
