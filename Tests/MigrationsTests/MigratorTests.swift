import Foundation
import Migrations
import Postgres
import TestSupport
import Testing

@Suite("migrator", .timeLimit(.minutes(2)))
struct MigratorTests {
    private static let names = Migration.all.map(\.name)

    private func states(_ connection: PostgresConnection) async throws -> [String] {
        try await Migrator(connection).status().map { "\($0.name) \($0.state.rawValue)" }
    }

    @Test("every file of migrations/ is in the catalogue, in order and as it stands")
    func catalogue() throws {
        let directory = PackageRoot.path("migrations")
        let files = try FileManager.default.contentsOfDirectory(atPath: directory)
            .filter { $0.hasSuffix(".sql") }.sorted()
        #expect(files == Self.names.map { $0 + ".sql" })
        #expect(Migration.all.map(\.version) == Array(1...files.count))
        for migration in Migration.all {
            let file = try String(
                contentsOfFile: "\(directory)/\(migration.name).sql", encoding: .utf8)
            #expect(migration.sql == file)
            // Cut into statements and put together again, nothing but comments is lost.
            #expect(
                migration.statements.joined(separator: "\n")
                    == file.split(separator: "\n").filter { !$0.hasPrefix("--") }
                    .joined(separator: "\n"))
            // Under psql it must enter itself, with the same version and name.
            #expect(file.contains("VALUES (\(migration.version), '\(migration.name)')"))
        }
    }

    @Test("everything is pending, then applied once; migrating again does nothing")
    func twice() async throws {
        let database = try await TestDatabase.make()
        let connection = try await database.connect()
        let migrator = Migrator(connection)
        #expect(try await states(connection) == Self.names.map { $0 + " pending" })
        #expect(try await migrator.migrate() == Self.names)
        #expect(try await states(connection) == Self.names.map { $0 + " applied" })
        let schema = try await PostgresTool.schema(of: database)
        #expect(try await migrator.migrate() == [])
        #expect(try await PostgresTool.schema(of: database) == schema)
        #expect(try await connection.query("SELECT FROM invariant_violations").isEmpty)
        await connection.close()
        try await database.drop()
    }

    @Test("an edited and a newer migration are reported and left alone")
    func editedAndNewer() async throws {
        let database = try await TestDatabase.make(migrated: true)
        let connection = try await database.connect()
        // Applied by psql: no checksum, taken on trust.
        #expect(try await states(connection) == Self.names.map { $0 + " applied" })
        try await connection.execute(
            script: """
                UPDATE agent_worker_migrations SET checksum = 'other' WHERE version = 2;
                INSERT INTO agent_worker_migrations (version, name) VALUES (9001, '9001_future');
                """)
        #expect(
            try await states(connection)
                == Self.names.map { $0 + ($0.hasPrefix("0002") ? " edited" : " applied") }
                + ["9001_future newer"])
        #expect(try await Migrator(connection).migrate() == [])
        await connection.close()
        try await database.drop()
    }

    @Test("several migrate at once: each migration is applied by one of them")
    func race() async throws {
        let database = try await TestDatabase.make()
        let applied = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<4 {
                let connection = try await database.connect()
                group.addTask {
                    let names = try await Migrator(connection).migrate()
                    await connection.close()
                    return names
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(applied.sorted() == Self.names)
        try await database.drop()
    }

    @Test("a migration that fails leaves nothing of itself, and a later call continues")
    func failure() async throws {
        let database = try await TestDatabase.make()
        let connection = try await database.connect()
        try await connection.execute(script: "CREATE VIEW jobs AS SELECT 1 AS id")
        let error = await #expect(throws: MigrationError.self) {
            try await Migrator(connection).migrate()
        }
        #expect(error?.name == "0003_queue")
        #expect(
            error?.description.hasPrefix("migration 0003_queue failed and was rolled back") == true)
        #expect(
            try await states(connection)
                == Self.names.enumerated().map { $1 + ($0 < 2 ? " applied" : " pending") })
        let left = try await connection.query(
            "SELECT to_regclass('workers') IS NULL AND to_regclass('job_attempts') IS NULL AS none")
        #expect(try left[0].decode(Bool.self, "none"))
        try await connection.execute(script: "DROP VIEW jobs")
        #expect(try await Migrator(connection).migrate() == Array(Self.names[2...]))
        await connection.close()
        try await database.drop()
    }
}
