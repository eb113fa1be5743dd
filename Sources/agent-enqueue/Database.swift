import EventLoop
import FoundationEssentials
import Jobs
import Postgres

/// The one connection of a command.
enum Database {
    /// `limit` bounds each statement.
    static func withConnection<Value>(
        limit: Duration? = .seconds(60), _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        var configuration = PostgresConfiguration(
            connectionString: ProcessInfo.processInfo.environment["DATABASE_URL"],
            applicationName: "agent-enqueue")
        configuration.statementTimeout = limit
        if let fault = configuration.fault {
            throw Failure("DATABASE_URL: \(fault)", exitCode: Failure.configuration)
        }
        let connection: PostgresConnection
        do {
            connection = try await PostgresConnection.connect(
                configuration, on: EventLoop(name: "database"))
        } catch {
            throw Failure(
                "cannot reach the database \(configuration.redactedDescription): \(error.message)",
                exitCode: Failure.unreachable)
        }
        do {
            let value = try await body(connection)
            await connection.close()
            return value
        } catch {
            await connection.close()
            throw error
        }
    }

    static func withQueue<Value>(
        _ body: (JobQueue) async throws -> Value
    ) async throws -> Value {
        try await withConnection { try await body(JobQueue($0)) }
    }
}
