import Foundation
import Migrations
import Postgres
import TestSupport
import Testing

@Suite("schema", .timeLimit(.minutes(2)))
struct SchemaTests {
    private static let fixture = PackageRoot.path("Tests/MigrationsTests/schema.sql")

    @Test(
        "psql -f of the files in order, -1 as they are named, twice, gives what the migrator gives")
    func psql() async throws {
        let byHand = try await TestDatabase.make()
        let byMigrator = try await TestDatabase.make()
        for _ in 0..<2 {
            for migration in Migration.all {
                _ = try await PostgresTool.run(
                    "psql",
                    (migration.runsInTransaction ? ["-1"] : []) + [
                        "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", byHand.url, "-f",
                        PackageRoot.path("migrations/\(migration.name).sql"),
                    ])
            }
        }
        let connection = try await byMigrator.connect()
        _ = try await Migrator(connection).migrate()
        await connection.close()
        let schema = try await PostgresTool.schema(of: byMigrator)
        #expect(try await PostgresTool.schema(of: byHand) == schema)
        for database in [byHand, byMigrator] { try await database.drop() }
    }

    /// The committed dump makes the effect of every migration visible in a review.
    @Test("the schema is the committed one (AGENT_WORKER_RECORD_SCHEMA=1 rewrites it)")
    func recorded() async throws {
        let database = try await TestDatabase.make(migrated: true)
        let schema = try await PostgresTool.schema(of: database)
        try await database.drop()
        if ProcessInfo.processInfo.environment["AGENT_WORKER_RECORD_SCHEMA"] == "1" {
            try schema.write(toFile: Self.fixture, atomically: true, encoding: .utf8)
        }
        let committed = try String(contentsOfFile: Self.fixture, encoding: .utf8)
        let difference = schema.split(separator: "\n")
            .difference(from: committed.split(separator: "\n"))
        #expect(difference.isEmpty, "\(difference.prefix(20))")
    }
}
