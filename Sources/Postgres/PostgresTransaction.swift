/// A transaction under way, valid until the closure it was given to returns.
///
/// The connection itself is taken until then: inside the closure use this handle only. No network
/// call other than these belongs into a transaction.
public struct PostgresTransaction: Sendable {
    /// The connections whose transactions the current task is inside.
    @TaskLocal static var holders: [ObjectIdentifier] = []

    let connection: PostgresConnection
    let id: UInt64

    /// As `PostgresConnection.query`, inside the transaction.
    @discardableResult
    public func query(
        _ sql: String, _ parameters: [PostgresParameter] = [], deadline: Duration? = nil
    ) async throws(PostgresError) -> PostgresRows {
        try await pipeline([PostgresCommand(sql, parameters)], deadline: deadline)[0]
    }

    /// As `PostgresConnection.pipeline`, inside the transaction.
    @discardableResult
    public func pipeline(
        _ commands: [PostgresCommand], deadline: Duration? = nil
    ) async throws(PostgresError) -> [PostgresRows] {
        try await connection.run(commands, in: self, deadline: deadline)
    }

    /// As `PostgresConnection.execute(script:)`, inside the transaction.
    public func execute(script: String, deadline: Duration? = nil) async throws(PostgresError) {
        try await connection.run(script: script, in: self, deadline: deadline)
    }

    /// As `PostgresConnection.copyIn`, inside the transaction.
    public func copyIn<S: AsyncSequence>(
        _ sql: String, _ chunks: S
    ) async throws -> Int where S.Element == [UInt8] {
        try await connection.checkCurrent(self)
        return try await connection.copy(sql, chunks)
    }

    /// A task that waits, inside a transaction, for the connection which that transaction holds
    /// would wait for ever.
    static func checkNotInside(
        _ connection: PostgresConnection, _ context: String
    ) throws(PostgresError) {
        guard holders.contains(ObjectIdentifier(connection)) else { return }
        throw PostgresError(
            .usage, "inside a transaction, use its handle instead of the connection",
            context: context)
    }
}
