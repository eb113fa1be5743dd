/// One forward-only step of the schema: a file of `migrations/`, embedded.
public struct Migration: Sendable {
    public let version: Int
    /// The file's name without `.sql`.
    public let name: String
    public let sql: String

    /// False for a file that is named so: its statements run one by one, each by itself.
    public var runsInTransaction: Bool { !name.hasSuffix(".no_transaction") }

    init(_ file: String, _ bytes: [UInt8]) {
        name = String(file.dropLast(".sql".count))
        version = Int(name.prefix(4)) ?? 0
        sql = String(decoding: bytes, as: UTF8.self)
    }
}
