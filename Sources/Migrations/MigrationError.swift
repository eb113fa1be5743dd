/// A migration that failed; nothing of it is left in the database.
public struct MigrationError: Error, CustomStringConvertible {
    public let name: String
    public let underlying: any Error

    public var description: String { "migration \(name) failed and was rolled back: \(underlying)" }
}
