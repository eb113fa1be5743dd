/// A migration that failed; nothing of it is left in the database that running it again would not
/// repair.
public struct MigrationError: Error, CustomStringConvertible {
    public let name: String
    public let underlying: any Error

    public var description: String {
        name.hasSuffix(".no_transaction")
            ? "migration \(name) failed, run it again: \(underlying)"
            : "migration \(name) failed and was rolled back: \(underlying)"
    }
}
