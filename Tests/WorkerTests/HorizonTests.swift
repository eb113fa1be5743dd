import JSON
import Postgres
import TestSupport
import Testing
import WorkerTestSupport

/// What keeps dead rows in the way of claims is found and named.
@Suite("The xmin horizon", .serialized)
struct HorizonTests {
    @Test("a backend, a prepared transaction and a slot are named, and check names the oldest")
    func named() async throws {
        try await PrivateServer.run { server in
            try await server.restart(
                options: "-c max_prepared_transactions=2 -c wal_level=logical")
            try await Scene.play(on: server) { scene in
                #expect(try await holders(scene).isEmpty)
                let reader = try await PostgresConnection.connect(
                    PostgresConfiguration(connectionString: server.url, applicationName: "reader"),
                    on: TestDatabase.loop)
                try await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
                try await reader.query("SELECT count(*) FROM jobs")
                // Later transactions, so that the reader is the oldest.
                for _ in 0..<3 { _ = try await scene.generation() }
                try await scene.pool.withConnection {
                    try await $0.query("BEGIN")
                    try await $0.query("UPDATE jobs SET priority = 1")
                    try await $0.query("PREPARE TRANSACTION 'forgotten'")
                }
                let found = try await holders(scene)
                #expect(found.map { $0["kind"] ?? .null } == ["backend", "prepared transaction"])
                #expect(found.first?["holder"]?.stringValue?.contains("reader") == true)
                #expect(
                    found.last?["remedy"]?.stringValue?
                        .contains("ROLLBACK PREPARED 'forgotten'") == true)

                let check = try await scene.run("agent-worker", ["check"])
                #expect(check.output.contains("ok     xmin horizon: held by backend"), "\(check)")

                try await reader.query("COMMIT")
                await reader.close()
                try await scene.pool.query("ROLLBACK PREPARED 'forgotten'")
                try await scene.pool.query(
                    "SELECT pg_create_logical_replication_slot('unread', 'pgoutput')")
                let slot = try await holders(scene)
                #expect(slot.map { $0["kind"] ?? .null } == ["slot"])
                #expect(slot.first?["holder"] == "replication slot unread (nobody reads it)")
            }
        }
    }

    /// Without those of autovacuum, which comes and goes.
    private func holders(_ scene: Scene) async throws -> [JSONValue] {
        try await scene.rows("SELECT * FROM xmin_horizon() WHERE holder NOT LIKE '%(?,%'")
    }
}
