import Postgres

/// What a database did between two moments: CPU of all of the server, WAL, row versions.
struct Meter: Sendable {
    private struct Reading {
        var cpu: Double
        var wal: Double
        var updated: Double
        var deleted: Double
        var hot: Double
    }

    private let database: BenchDatabase
    private let before: Reading

    static func start(_ database: BenchDatabase) async throws -> Meter {
        Meter(database: database, before: try await read(database))
    }

    private static func read(_ database: BenchDatabase) async throws -> Reading {
        // Backends outlive their clients by a moment, with work still to be counted. Those of
        // workers that go on stay.
        _ = try? await database.wait(
            until: """
                NOT EXISTS (
                    SELECT FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()
                        AND backend_type = 'client backend'
                        AND application_name <> 'agent-worker')
                """, within: .seconds(2))
        let rows = try await database.connection.query(
            """
            SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS wal,
                coalesce(sum(n_tup_upd), 0)::float8 AS updated,
                coalesce(sum(n_tup_del), 0)::float8 AS deleted,
                coalesce(sum(n_tup_hot_upd) FILTER (
                    WHERE relname IN ('agent_stats', 'agent_intensity_metrics'))
                    / nullif(sum(n_tup_upd) FILTER (
                        WHERE relname IN ('agent_stats', 'agent_intensity_metrics')), 0) * 100,
                    -1)::float8 AS hot
            FROM pg_stat_user_tables
            """)
        guard let row = rows.first else { throw BenchError("no statistics") }
        return Reading(
            cpu: database.server.tree.cpuSeconds, wal: try row.decode(Double.self, "wal"),
            updated: try row.decode(Double.self, "updated"),
            deleted: try row.decode(Double.self, "deleted"),
            hot: try row.decode(Double.self, "hot"))
    }

    /// The database's figures per piece of work, and the CPU of both sides. A backend publishes its
    /// row counts at its end, so the clients have ended before.
    func stop(count: Int, clientCPU: Double) async throws -> Sample {
        let after = try await Self.read(database)
        var sample = Sample()
        sample.setCPU(client: clientCPU, server: after.cpu - before.cpu, count: count)
        sample[.walBytes] = (after.wal - before.wal) / Double(count)
        sample[.deadTuples] =
            (after.updated - before.updated + after.deleted - before.deleted) / Double(count)
        if after.hot >= 0 { sample[.hotPercent] = after.hot }
        return sample
    }
}
