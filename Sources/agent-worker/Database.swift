import ArgumentParser
import EventLoop
import FoundationEssentials
import Postgres

/// One connection for a command that runs once.
enum Database {
    static func withConnection<Value>(
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        let configuration = PostgresConfiguration(
            connectionString: ProcessInfo.processInfo.environment["DATABASE_URL"],
            applicationName: "agent-worker")
        if let fault = configuration.fault {
            throw Exit.configuration("DATABASE_URL: \(fault)")
        }
        let connection: PostgresConnection
        do {
            connection = try await PostgresConnection.connect(
                configuration, on: EventLoop(name: "database"))
        } catch {
            throw Exit.unreachable(
                "cannot reach the database \(configuration.redactedDescription): \(error)")
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
}
