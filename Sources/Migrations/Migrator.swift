import Postgres

/// Applies migrations. Safe to repeat and to race: every step takes the advisory lock and looks
/// again before it acts.
///
/// The files run equally under `psql -1 -f` (those named `no_transaction` under `psql -f`), in
/// order; each takes the same lock, unless it can be repeated without, and enters itself
/// into `agent_worker_migrations`.
public struct Migrator: Sendable {
    let connection: PostgresConnection

    public init(_ connection: PostgresConnection) {
        self.connection = connection
    }

    /// A migration and what the database knows of it.
    public struct Status: Sendable {
        public enum State: String, Sendable {
            case applied
            case pending
            /// Applied from a file that differed from ours.
            case edited
            /// Applied by a newer version of the product, unknown here.
            case newer
        }

        public let version: Int
        public let name: String
        public let state: State
    }

    /// Every migration, ours and the database's, in order.
    public func status() async throws(PostgresError) -> [Status] {
        let applied = try await applied()
        var known: [Status] = []
        for migration in Migration.all {
            guard let row = applied[migration.version] else {
                known.append(
                    Status(version: migration.version, name: migration.name, state: .pending))
                continue
            }
            var state = Status.State.applied
            if let checksum = row.checksum, try await checksum != self.checksum(of: migration) {
                state = .edited
            }
            known.append(Status(version: migration.version, name: migration.name, state: state))
        }
        let newest = Migration.all.last?.version ?? 0
        let newer = applied.filter { $0.key > newest }
            .map { Status(version: $0.key, name: $0.value.name, state: .newer) }
        return known + newer.sorted { $0.version < $1.version }
    }

    /// Applies what is pending, each migration in a transaction of its own; returns the names
    /// applied by this call.
    public func migrate() async throws -> [String] {
        var names: [String] = []
        for migration in Migration.all where try await apply(migration) {
            names.append(migration.name)
        }
        return names
    }

    private func apply(_ migration: Migration) async throws -> Bool {
        try await lock()
        do {
            let isNew = try await !isApplied(migration)
            if isNew { try await run(migration) }
            try await unlock()
            return isNew
        } catch {
            try? await unlock()
            throw MigrationError(name: migration.name, underlying: error)
        }
    }

    private func run(_ migration: Migration) async throws {
        guard migration.runsInTransaction else {
            try await dropBrokenIndexes(of: migration)
            for statement in migration.statements {
                try await connection.execute(script: statement)
            }
            return try await remember(migration)
        }
        try await connection.execute(script: "BEGIN")
        do {
            try await connection.execute(script: migration.sql)
            try await remember(migration)
            try await connection.execute(script: "COMMIT")
        } catch {
            try? await connection.execute(script: "ROLLBACK")
            throw error
        }
    }

    /// What an interrupted concurrent build left behind, removed without a lock that readers or
    /// writers of the table would queue behind. In our files an index's name ends its line.
    private func dropBrokenIndexes(of migration: Migration) async throws(PostgresError) {
        let broken = try await connection.query(
            """
            SELECT c.relname::text AS name, i.indexrelid::regclass::text AS index
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace
                AND NOT EXISTS (
                    SELECT FROM pg_stat_progress_create_index p
                    WHERE p.index_relid = i.indexrelid)
            """)
        for row in broken {
            let name = try row.decode(String.self, "name")
            guard migration.sql.contains("INDEX CONCURRENTLY IF NOT EXISTS \(name)\n") else {
                continue
            }
            let index = try row.decode(String.self, "index")
            try await connection.execute(script: "DROP INDEX CONCURRENTLY IF EXISTS \(index)")
        }
    }

    /// Asks again instead of waiting in the server, and outside a transaction: a concurrent build
    /// of an index waits for every older snapshot, one that waits for this lock among them, which
    /// would be a ring.
    private func lock() async throws {
        let statement = """
            SELECT pg_try_advisory_lock(hashtextextended('agent-worker migrations', 0)) AS held
            """
        while try await connection.query(statement)[0].decode(Bool.self, "held") == false {
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func unlock() async throws(PostgresError) {
        try await connection.query(
            "SELECT pg_advisory_unlock(hashtextextended('agent-worker migrations', 0))")
    }

    private func isApplied(_ migration: Migration) async throws(PostgresError) -> Bool {
        try await applied()[migration.version] != nil
    }

    private func remember(_ migration: Migration) async throws(PostgresError) {
        try await connection.query(
            "UPDATE agent_worker_migrations SET checksum = md5($2) WHERE version = $1",
            [.int32(Int32(migration.version)), .text(migration.sql)])
    }

    private func checksum(of migration: Migration) async throws(PostgresError) -> String {
        let rows = try await connection.query("SELECT md5($1) AS checksum", [.text(migration.sql)])
        return try rows.first?.decode(String.self, "checksum") ?? ""
    }

    private func applied() async throws(PostgresError) -> [Int: (name: String, checksum: String?)] {
        let table = try await connection.query(
            "SELECT to_regclass('agent_worker_migrations') IS NOT NULL AS present")
        guard try table.first?.decode(Bool.self, "present") == true else { return [:] }
        let rows = try await connection.query(
            "SELECT version, name, checksum FROM agent_worker_migrations ORDER BY version")
        var applied: [Int: (name: String, checksum: String?)] = [:]
        for row in rows {
            applied[Int(try row.decode(Int32.self, "version"))] = (
                try row.decode(String.self, "name"),
                try row.decodeIfPresent(String.self, "checksum")
            )
        }
        return applied
    }
}
