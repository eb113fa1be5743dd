import Migrations
import Postgres

/// The database that migrated test databases are cloned from, made once per process.
actor TemplateDatabase {
    private var making: Task<String, any Error>?

    func name() async throws -> String {
        if let making { return try await making.value }
        let task = Task { try await Self.make() }
        making = task
        return try await task.value
    }

    private static func make() async throws -> String {
        let name = TestServer.databasePrefix + "template"
        try await TestDatabase.administer("CREATE DATABASE \"\(name)\" TEMPLATE template0")
        let url = TestDatabase.url(of: name, on: try await TestDatabase.server.url())
        let connection = try await PostgresConnection.connect(
            PostgresConfiguration(connectionString: url, applicationName: "tests"),
            on: TestDatabase.loop)
        do {
            for migration in Migration.all { try await apply(migration, connection) }
        } catch {
            await connection.close()
            throw error
        }
        // A template must not have connections when it is cloned.
        await connection.close()
        return name
    }

    /// As psql would, so that no checksum is kept.
    private static func apply(
        _ migration: Migration, _ connection: PostgresConnection
    ) async throws {
        do {
            if migration.runsInTransaction {
                try await connection.transaction { try await $0.execute(script: migration.sql) }
            } else {
                for statement in migration.statements {
                    try await connection.execute(script: statement)
                }
            }
        } catch let error as PostgresError {
            throw TimedOut(description: "\(migration.name): \(error)")
        }
    }
}
