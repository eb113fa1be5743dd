import FoundationEssentials
import Postgres

/// Reads journals that were kept.
public struct JournalArchive: Sendable {
    let connection: PostgresConnection

    public init(_ connection: PostgresConnection) {
        self.connection = connection
    }

    /// Everything kept of an execution; empty when it was purged, or never was.
    public func steps(of execution: UUID) async throws(PostgresError) -> [JournalledStep] {
        let command = RunSteps.all(of: execution)
        var steps: [JournalledStep] = []
        for row in try await connection.query(command.sql, command.parameters) {
            steps.append(try JournalledStep(row: row))
        }
        return steps
    }
}
