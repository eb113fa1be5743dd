import Foundation
import Migrations
import Postgres
import TestSupport
import Testing

/// A database that an earlier version migrated, brought up to this one.
@Suite("upgrade", .timeLimit(.minutes(2)))
struct UpgradeTests {
    /// Applies the migrations up to `version`, as that version did.
    private func migrate(_ connection: PostgresConnection, to version: Int) async throws {
        for migration in Migration.all where migration.version <= version {
            for script in migration.runsInTransaction ? [migration.sql] : migration.statements {
                try await connection.execute(script: script)
            }
        }
    }

    @Test("ids are in order of time and of RFC 9562's version 7 and variant, seeded or not")
    func ids() async throws {
        let database = try await TestDatabase.make(migrated: true)
        let connection = try await database.connect()
        let rows = try await connection.query(
            """
            SELECT count(DISTINCT id) AS distinct_ids,
                bool_and(id::text ~ '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-')
                    AS valid,
                bool_and(abs(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0
                    - extract(epoch FROM made)) < 1) AS dated,
                count(DISTINCT left(id::text, 13)) AS milliseconds,
                bool_and(left(id::text, 13) >= before) AS ordered
            FROM (
                SELECT *, lag(left(id::text, 13), 1, '') OVER (ORDER BY place) AS before
                FROM (
                    SELECT place, clock_timestamp() AS made, setseed(0.5), time_uuid() AS id
                    FROM generate_series(1, 20000) AS place OFFSET 0) AS made) AS ids
            """)
        #expect(try rows[0].decode(Int64.self, "distinct_ids") == 20_000)
        #expect(try rows[0].decode(Bool.self, "valid"))
        #expect(try rows[0].decode(Bool.self, "dated"))
        #expect(try rows[0].decode(Int64.self, "milliseconds") > 1)
        #expect(try rows[0].decode(Bool.self, "ordered"))
        await connection.close()
        try await database.drop()
    }

    @Test("whoever could run jobs and insert them before can do so after, with no new grant")
    func grants() async throws {
        let database = try await TestDatabase.make()
        let owner = try await database.connect()
        let worker = "worker_\(UInt32.random(in: 0 ... .max))"
        let application = "application_\(UInt32.random(in: 0 ... .max))"
        try await owner.execute(
            script: """
                ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
                CREATE ROLE \(worker); CREATE ROLE \(application);
                """)
        try await migrate(owner, to: 19)
        try await owner.execute(
            script: """
                GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO \(worker);
                GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO \(worker);
                GRANT INSERT ON jobs TO \(application);
                """)
        _ = try await Migrator(owner).migrate()
        let denied = try await owner.query(
            """
            SELECT p.proname::text AS name FROM pg_proc p
            WHERE p.pronamespace = 'public'::regnamespace
                AND p.prorettype <> 'trigger'::regtype
                AND NOT has_function_privilege('\(worker)', p.oid, 'EXECUTE')
            """)
        #expect(try denied.map { try $0.decode(String.self, "name") } == [])
        try await owner.execute(
            script: """
                SET ROLE \(application);
                INSERT INTO jobs (kind, payload) VALUES ('generation', '{"prompt": "x"}');
                RESET ROLE;
                DROP OWNED BY \(worker); DROP OWNED BY \(application);
                DROP ROLE \(worker); DROP ROLE \(application);
                """)
        await owner.close()
        try await database.drop()
    }

    @Test("what an interrupted build left of an index is removed while the table stays in use")
    func brokenIndex() async throws {
        let database = try await TestDatabase.make()
        let connection = try await database.connect()
        try await migrate(connection, to: 17)
        try await connection.execute(
            script: """
                CREATE INDEX jobs_lane ON jobs (id);
                UPDATE pg_index SET indisvalid = false
                WHERE indexrelid = 'jobs_lane'::regclass;
                """)
        let application = try await database.connect()
        try await application.execute(
            script: """
                BEGIN;
                INSERT INTO jobs (kind, payload) VALUES ('generation', '{"prompt": "x"}')
                """)
        async let migrated = Migrator(connection).migrate()
        let other = try await database.connect()
        try await eventually("the migration waits for the application's transaction") {
            try await !other.query(
                """
                SELECT FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                    AND query LIKE 'DROP INDEX CONCURRENTLY%'
                """
            ).isEmpty
        }
        try await other.execute(
            script: "SET lock_timeout = '5s'; SELECT count(*) FROM jobs; RESET lock_timeout")
        try await application.execute(script: "COMMIT")
        #expect(try await migrated.first == "0018_claim_indexes.no_transaction")
        let rows = try await other.query(
            """
            SELECT indisvalid AND pg_get_indexdef(indexrelid) LIKE '%run_at%' AS whole
            FROM pg_index WHERE indexrelid = 'jobs_lane'::regclass
            """)
        #expect(try rows[0].decode(Bool.self, "whole"))
        await application.close()
        await other.close()
        await connection.close()
        try await database.drop()
    }
}
