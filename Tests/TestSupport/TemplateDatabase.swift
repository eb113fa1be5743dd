import Foundation
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
            for file in try migrations() { try await apply(file, connection) }
        } catch {
            await connection.close()
            throw error
        }
        // A template must not have connections when it is cloned.
        await connection.close()
        return name
    }

    private static func migrations() throws -> [String] {
        let directory = PackageRoot.path("migrations")
        return try FileManager.default.contentsOfDirectory(atPath: directory)
            .filter { $0.hasSuffix(".sql") }.sorted().map { directory + "/" + $0 }
    }

    private static func apply(_ file: String, _ connection: PostgresConnection) async throws {
        let script = try String(contentsOfFile: file, encoding: .utf8)
        do {
            // What cannot run in a transaction says so in its file name.
            if file.contains("no_transaction") {
                try await connection.execute(script: script)
            } else {
                try await connection.transaction { try await $0.execute(script: script) }
            }
        } catch let error as PostgresError {
            throw TimedOut(description: "\(file): \(error)")
        }
    }
}
